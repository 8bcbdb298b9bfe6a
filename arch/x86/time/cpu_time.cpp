// SPDX-License-Identifier: MIT
// System time, the CPUs' timers and waiting.
#include "arch/x86/time/cpu_time.hpp"

#include <arch/machine_end.hpp>
#include <arch/run.hpp>

#include <algorithm>

#include "arch/x86/cpu/local_apic.hpp"
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/time/time.hpp"
#include "core/run/cpu_work.hpp"
#include "core/time/clock.hpp"

namespace xenolith {

constinit Clocks clocks;
constinit CpuClock cpu_clocks[arch::max_cpus];

SystemTime now() { return this_cpu_clock().line().at(ordered_cycles()); }

SystemTime when_counter_reads(u64 tsc) {
  const ClockLine& line = this_cpu_clock().line();
  i64 ahead = static_cast<i64>(tsc - line.tsc);
  constexpr i64 farthest = i64{1} << 58;
  if (ahead <= 0) return line.time;
  return ahead > farthest ? SystemTime::never() : line.at(tsc);
}

bool tsc_is_reliable() { return clocks.reliable; }
u64 tsc_hz() { return clocks.tsc_scale.hz(); }
u32 tsc_khz() { return static_cast<u32>(tsc_hz() / 1000); }

void timer_interrupt() { run_work_soon(Work::timers); }

}  // namespace xenolith

namespace xenolith::arch {

void set_cpu_timer(SystemTime deadline) {
  constexpr Duration longest = seconds(3600);
  const ClockLine& line = this_cpu_clock().line();
  if (line.scale.multiplier == 0) return;  // the clocks have not been set up: nothing is due
  bool off = deadline == SystemTime::never();
  if (local_apic::has_deadline_timer()) {
    local_apic::set_deadline(off ? 0 : std::max<u64>(line.counter_at(std::min(deadline, now() + longest)), 1));
    return;
  }
  if (off) return local_apic::set_timer(0);
  Duration ahead = std::clamp(deadline - now(), Duration::zero(), longest);
  // At least one tick: zero would stop the timer, and a deadline that has passed would never be told.
  local_apic::set_timer(static_cast<u32>(std::clamp<u64>(clocks.apic_scale.ticks(ahead), 1, ~u32{0})));
}

void wait_busily(Duration time) {
  if (time <= Duration::zero()) return;
  if (clocks.tsc_scale.multiplier == 0) {
    // Each write to the diagnostic port takes about a microsecond on the ISA bus.
    for (i64 left = time / microseconds(1); left > 0; --left) out8(0x80, 0);
    return;
  }
  u64 start = cycles(), ticks = clocks.tsc_scale.ticks(time);
  while (cycles() - start < ticks) pause();
}

}  // namespace xenolith::arch
