// SPDX-License-Identifier: MIT
// VcpuRun: a vCPU's part in scheduling: when it may run, where it runs, how long it has been in which state, its timers.
#pragma once

#include <arch/mapping.hpp>

#include <array>
#include <atomic>

#include "core/base/interface.hpp"
#include "core/base/lock.hpp"
#include "core/base/units.hpp"
#include "core/domain/word_size.hpp"
#include "core/memory/frame.hpp"
#include "core/sched/unit.hpp"
#include "core/time/timer.hpp"

namespace xenolith {

class Vcpu;

// SCHEDOP_pin_override: the vCPU is bound to one CPU for a while.
struct VcpuPin {
  bool active = false;
  CpuSet former;  // the hard affinity to go back to
};

class VcpuRun : public SchedUnit {
 public:
  explicit VcpuRun(Vcpu& vcpu);
  ~VcpuRun();
  static VcpuRun& of(SchedUnit& unit) { return static_cast<VcpuRun&>(unit); }

  Vcpu& vcpu() const { return vcpu_; }

  // ---- called by Vcpu and Domain after one of the reasons not to run has changed. Any context.
  void wake() { follow(); }
  void note_stopped() { follow(); }
  void wait_until_off_cpu() const;
  bool is_on_cpu() const { return on_cpu_.load(std::memory_order_acquire); }
  // The CPU that it runs on, or ran on last.
  CpuId cpu() const { return CpuId{cpu_.load(std::memory_order_relaxed)}; }

  // ---- called by the dispatcher on the CPU concerned
  void dispatched(CpuId cpu, SystemTime now);  // is given the CPU
  void descheduled(SystemTime now);            // its state is saved, it is off the CPU

  // ---- how long in which state (RUNSTATE_*); any CPU
  vcpu_runstate_info runstate(SystemTime now);
  // Where the guest wants to read its own runstate: up to two frames, mapped for good. `null` ends it.
  struct SharedRunstate {
    FrameRef first, second;
    arch::GlobalMapping first_mapping, second_mapping;
    u64 offset = 0;
    GuestWordSize words = GuestWordSize::bits64;  // the layout that its registration asked for
    bool active = false;
  };
  void share_runstate(SharedRunstate place);

  // Changes of affinity are made while this is held; see core/control/affinity.hpp.
  Locked<VcpuPin, LockRank::domain_control>& pin() { return pin_; }

  // ---- the timers of the vCPU interface (VCPUOP_set_singleshot_timer, ..._periodic_timer; SCHEDOP_poll's timeout)
  Timer& singleshot() { return singleshot_; }
  Timer& poll_timer() { return poll_timer_; }
  void set_periodic(Duration period);  // zero stops it

 private:
  struct Runstate {
    int state = RUNSTATE_offline;
    SystemTime since;
    std::array<u64, 4> time{};
    SharedRunstate shared;
  };

  void follow();
  void enter_state(int state, SystemTime now);
  static void update_shared(Runstate& runstate);
  void periodic_tick();

  Vcpu& vcpu_;
  std::atomic<u32> cpu_{0};
  std::atomic<bool> on_cpu_{false};
  Locked<Runstate, LockRank::runstate, IrqSafety::interrupt> runstate_;
  Locked<VcpuPin, LockRank::domain_control> pin_;
  Timer singleshot_, periodic_, poll_timer_;
  std::atomic<i64> period_{0};
};

}  // namespace xenolith
