// SPDX-License-Identifier: MIT
// EventQueues: what a vCPU has of event channels: the ports of its VIRQs, and its queues of the FIFO ABI.
// Source of the FIFO protocol: <xen/event_channel.h>, "FIFO ABI", and the published design "FIFO-based Event Channels".
#pragma once

#include <array>
#include <atomic>

#include "core/base/lock.hpp"
#include "core/events/channel.hpp"
#include "core/events/guest_page.hpp"

namespace xenolith {

class FifoArray;

class EventQueues {
 public:
  // ---- VIRQs. 0: not bound. The value is a hint: the channel says what it is bound to.
  std::array<std::atomic<u32>, NR_VIRQS> virq_ports{};

  // ---- FIFO. Locks: LockRank::event_queue, interrupts off.
  bool has_control_block() const { return control_.load(std::memory_order_acquire) != nullptr; }  // pairs with attach()
  // Fails with EINVAL if there is a control block already. offset is 8-byte aligned and leaves room for the block.
  Result<void> attach(GuestPage page, u64 offset);
  // Forgets control block and tails. Nobody may be sending to this vCPU by FIFO.
  void detach();
  // Takes the event from where it was last linked and puts it at the end of the queue that it belongs to now, unless it is
  // linked already. True if the vCPU `target` (whose queues `to` are) must be told.
  static bool link(FifoArray& array, Vcpu& target, Channel& channel);

 private:
  using Guard = LockGuard<LockRank::event_queue, IrqSafety::interrupt>;
  enum class Step { retry, done, moved, tell };

  Step leave(FifoArray& array, Channel& channel, FifoPlace last, FifoPlace next, bool stays);
  bool append(FifoArray& array, u8 priority, Port port);

  SpinLock lock_;
  std::atomic<evtchn_fifo_control_block_t*> control_{nullptr};
  std::array<u32, EVTCHN_FIFO_MAX_QUEUES> tails_{};  // the port linked last; 0: none. Guarded by lock_
  GuestPage page_;
};

}  // namespace xenolith
