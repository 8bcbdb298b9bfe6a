// SPDX-License-Identifier: MIT
// Dispatcher: carries out on the CPUs what the scheduler decides, and holds the cpupools.
#pragma once

#include "core/base/cpu_set.hpp"
#include "core/base/result.hpp"
#include "core/sched/scheduler.hpp"

namespace xenolith {

class Vcpu;
class VcpuRun;

class Dispatcher {
 public:
  // ---- CPUs. online(): those whose main loop runs.
  static CpuSet online();
  static void cpu_starts();  // on the CPU itself, before its main loop; joins pool 0
  // The vCPU that this CPU was given last; nullptr: idle.
  static Vcpu* current();

  // ---- work of this CPU
  static void schedule();  // picks and switches
  static void release();   // lets capped vCPUs go on
  static void idle();      // waits for work; scrubs free memory meanwhile

  // ---- vCPUs. Any context.
  static void set_runnable(VcpuRun& run, bool runnable);
  static void yield();  // the current vCPU
  static Result<void> add(VcpuRun& run);
  static void remove(VcpuRun& run);  // the vCPU cannot run any more; waits until it is off its CPU

  // ---- control: weights, caps, affinity, pools. Serialised by the cpupool lock.
  static SchedPool& pool0();
  static Result<void> add_group(SchedGroup& group);
  static void remove_group(SchedGroup& group);
  static Result<void> set_weight_and_cap(SchedGroup& group, u16 weight, u16 cap);
  static Result<void> set_affinity(VcpuRun& run, const CpuSet& hard, const CpuSet& soft);
  static Result<void> set_ratelimit(SchedPool& pool, Duration limit);
  static void dump(void (*line)(void* context, std::string_view text), void* context);
  // Busy time of a CPU since it started (XEN_SYSCTL_getcpuinfo reports idle time).
  static Duration idle_time(CpuId cpu);
};

}  // namespace xenolith
