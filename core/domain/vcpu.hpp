// SPDX-License-Identifier: MIT
// Vcpu: one virtual CPU of a domain.
#pragma once

#include <arch/mapping.hpp>

#include <atomic>

#include "core/base/own.hpp"
#include "core/base/interface.hpp"
#include "core/base/units.hpp"
#include "core/domain/word_size.hpp"
#include "core/memory/frame.hpp"

namespace xenolith {

class Domain;
class EventQueues;
class VcpuRun;
namespace arch {
class VcpuState;
}

class Vcpu {
 public:
  // Why a vCPU does not run; it runs when none is set and it is not paused.
  enum Stop : u32 {
    down = 1u << 0,      // not brought up, or taken down
    blocked = 1u << 1,   // waits for an event (SCHEDOP_block, HLT)
    polling = 1u << 2,   // SCHEDOP_poll
    shutdown = 1u << 3,  // its domain is shut down
  };

  // Builds a vCPU in state `down`. Fails with ENOMEM. Called by Domain with LockRank::domain_control held.
  static Result<Own<Vcpu>> create(Domain& domain, VcpuId id);
  ~Vcpu();

  VcpuId id() const { return id_; }
  Domain& domain() const { return domain_; }

  // The width of the arguments of the hypercall that it is making: of its mode. On its own CPU.
  GuestWordSize call_words() const { return call_words_; }
  void set_call_words(GuestWordSize words) { call_words_ = words; }

  // ---- guest-visible state (struct vcpu_info). Shared with a hostile guest: atomic accesses only.
  // 32-bit guests may place it at any multiple of 4.
  using Info [[gnu::aligned(4)]] = vcpu_info;
  Info& info() const {
    Info* place = info_.load(std::memory_order_acquire);
    return *place;
  }
  // Moves vcpu_info to `frame`+offset; the old contents are carried over (VCPUOP_register_vcpu_info).
  Result<void> move_info(FrameRef frame, u64 offset);
  // Back to the place in shared_info (or the dummy for ids that have none): at reset of the domain.
  void reset_info();

  // ---- events
  // Sets evtchn_upcall_pending and makes the vCPU look at it soon, wherever it is. Any CPU, any context.
  void raise_upcall();
  bool upcall_pending() const;
  Own<EventQueues>& event_queues() { return event_queues_; }

  // ---- stopping and running. Any CPU; none waits except pause_sync().
  u32 stops() const { return stops_.load(std::memory_order_acquire); }
  bool is_runnable() const;
  void stop(Stop reason);    // sets a reason; it takes effect at the vCPU's next exit
  void resume(Stop reason);  // clears a reason and wakes the vCPU if it may run
  bool resume_if_stopped(Stop reason);  // true if the reason had been set
  void pause();              // counted
  void unpause();
  void pause_sync();         // returns when the vCPU is off every CPU; not for the vCPU itself
  void kick();               // makes a running vCPU exit and a blocked one wake, so that it looks for work

  // SCHEDOP_poll: the port waited for; 0: a list. Guarded by the events code.
  std::atomic<u32> poll_port{0};

  VcpuRun& run() const { return *run_; }
  arch::VcpuState& arch() const { return *arch_; }

 private:
  u8* upcall_flag() const;  // by bytes: the structure may lie at any multiple of 4
  template <class T, class... A>
  friend Result<Own<T>> make(A&&...);
  Vcpu(Domain& domain, VcpuId id);

  vcpu_info* default_info() const;

  VcpuId id_;
  Domain& domain_;
  std::atomic<u32> stops_{down};
  std::atomic<u32> pauses_{0};
  GuestWordSize call_words_ = GuestWordSize::bits64;
  std::atomic<vcpu_info*> info_{nullptr};
  vcpu_info unregistered_info_{};  // for ids beyond shared_info's array, until registered
  FrameRef info_frame_;
  arch::GlobalMapping info_mapping_;
  Own<EventQueues> event_queues_;
  Own<VcpuRun> run_;
  Own<arch::VcpuState> arch_;
};

}  // namespace xenolith
