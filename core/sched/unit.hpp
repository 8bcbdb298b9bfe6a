// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

#include "core/base/cpu_set.hpp"
#include "core/base/intrusive.hpp"
#include "core/sched/virtual_time.hpp"

namespace xenolith {

class SchedGroup;

using SchedRunHook = boost::intrusive::set_base_hook<boost::intrusive::tag<struct SchedRunTag>>;
using SchedParkHook = boost::intrusive::list_base_hook<boost::intrusive::tag<struct SchedParkTag>>;
using SchedMemberHook = boost::intrusive::list_base_hook<boost::intrusive::tag<struct SchedMemberTag>>;

// What is scheduled: one vCPU embeds one. All state is guarded by the lock of the run queue of its home CPU; the home
// changes only while the unit is `moving` (by whoever moves it, under the lock of the old home) or blocked.
class SchedUnit : public SchedRunHook, public SchedParkHook, public SchedMemberHook {
 public:
  enum class State : u8 {
    blocked,  // has nothing to run
    waiting,  // on its home's run queue
    running,  // chosen by its home's last pick
    parked,   // could run, but its group's budget is used up
    moving,   // on its way to its home's run queue
  };

  SchedUnit(SchedGroup& group, VcpuId vcpu) : group_{group}, vcpu_{vcpu} {}
  SchedUnit(const SchedUnit&) = delete;
  SchedUnit& operator=(const SchedUnit&) = delete;

  SchedGroup& group() const { return group_; }
  VcpuId vcpu() const { return vcpu_; }
  // The CPU it runs, waits or last ran on. A hint unless its queue's lock is held.
  CpuId home() const { return CpuId{home_.load(std::memory_order_acquire)}; }  // pairs with set_home
  // Hints likewise.
  State state() const { return state_; }
  bool runnable() const { return runnable_; }
  const CpuSet& hard_affinity() const { return hard_; }
  const CpuSet& soft_affinity() const { return soft_; }

 private:
  friend class Scheduler;
  friend class RunQueue;
  friend class Throttle;
  friend class SchedInspector;

  // pairs with the acquire in home(): who sees the new home sees the unit as it left the old one
  void set_home(CpuId cpu) { home_.store(cpu.raw(), std::memory_order_release); }

  SchedGroup& group_;
  VcpuId vcpu_;
  std::atomic<u32> home_{0};
  State state_ = State::blocked;
  bool runnable_ = false;
  bool yielding_ = false;
  bool restarting_ = false;  // released from parking and has not run since
  bool deferred_ = false;    // moving, but its state is still on the home CPU: switched() goes on with it
  u8 holds_ = 0;             // under Throttle's lock: calls of release() that hold on to it
  u16 weight_ = 0;           // its group's weight when it joined the queue
  VirtualTime age_;          // on a queue: virtual time it has used, in the queue's terms
  u64 arrival_ = 0;          // orders units of the same age: first come first
  VirtualSpan lag_;          // while moving: age less the clock of the queue that it left
  VirtualTime pace_;         // while moving: the pace of the queue that it left
  i64 fraction_ = 0;         // remainder of the division by weight, so that no time is lost
  Duration granted_;         // budget reserved for the slice that it runs; zero without cap
  CpuSet hard_ = CpuSet::all();
  CpuSet soft_ = CpuSet::all();
};

}  // namespace xenolith
