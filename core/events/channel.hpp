// SPDX-License-Identifier: MIT
// Channel: one end of an event channel, and the lock for changing one or both ends.
#pragma once

#include <atomic>

#include "core/base/lock.hpp"
#include "core/base/units.hpp"
#include "core/base/interface.hpp"
#include "core/events/channel_use.hpp"

namespace xenolith {

class EventTable;
class Vcpu;

// Called instead of setting the port pending, for channels that the hypervisor itself consumes. Any context; must be short, and
// must not bind or close channels. `vcpu` is the one given when the channel was made.
using ChannelConsumer = void (*)(Vcpu& vcpu, Port port);

// Where a FIFO event was last linked: a vCPU's queue of one priority.
struct FifoPlace {
  u32 vcpu = 0;
  u8 priority = 0;
  constexpr u32 raw() const { return vcpu << 8 | priority; }
  static constexpr FifoPlace from_raw(u32 raw) { return {raw >> 8, static_cast<u8>(raw)}; }
};

// Sends on different channels touch different cache lines. Unless said otherwise a field changes only under `lock` with the
// state `changing` or free, and is read under `lock` or a ChannelGuard.
struct alignas(arch::cache_line_size) Channel {
  Channel(EventTable& owner, Port number) : table{owner}, port{number} {}

  ChannelUse use;
  std::atomic<u32> notify_vcpu{0};  // changes under `lock` at any time; always a vCPU that was built, or 0
  EventTable& table;
  std::atomic<Channel*> peer{nullptr};  // interdomain; read without lock only to find which locks to take
  ChannelConsumer consumer = nullptr;
  SpinLock lock;
  const Port port;
  u32 number = 0;  // the VIRQ, the PIRQ, or for `unbound` the id of the domain that may bind
  std::atomic<u32> last_place{0};  // FifoPlace; guarded by the lock of the queue that it names. Outlives the binding
  std::atomic<u8> priority{EVTCHN_FIFO_PRIORITY_DEFAULT};  // any time
  std::atomic<bool> early{false};  // FIFO: became pending before the guest gave the page of its event word
};
static_assert(sizeof(Channel) == arch::cache_line_size);

// Holds the locks of one channel or of two (in the order of their addresses), as one entry in the lock order.
class ChannelLock {
 public:
  explicit ChannelLock(Channel& one, Channel* other = nullptr) NO_THREAD_SAFETY_ANALYSIS
      : first_{other && other < &one ? other : &one},
        second_{other == &one ? nullptr : (first_ == other ? &one : other)} {
    LockOrder::acquired(LockRank::event_channel);
    first_->lock.acquire();
    if (second_) second_->lock.acquire();
  }
  ~ChannelLock() NO_THREAD_SAFETY_ANALYSIS {
    if (second_) second_->lock.release();
    first_->lock.release();
    LockOrder::released(LockRank::event_channel);
  }
  ChannelLock(const ChannelLock&) = delete;
  ChannelLock& operator=(const ChannelLock&) = delete;

 private:
  Channel* first_;
  Channel* second_;
};

}  // namespace xenolith
