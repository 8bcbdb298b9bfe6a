// SPDX-License-Identifier: MIT
// System time, the CPUs' timers and waiting: the hypervisor's own timer of each CPU (CNTHP).
// Source: ARM Architecture Reference Manual (DDI 0487), "The Generic Timer in AArch64 state".
#include "arch/arm64/timer/time.hpp"

#include <arch/cpu.hpp>
#include <arch/machine_end.hpp>
#include <arch/run.hpp>

#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/gic/gic.hpp"
#include "arch/arm64/timer/emulated_timer.hpp"
#include "arch/arm64/timer/guest_timer.hpp"
#include "core/base/log.hpp"
#include "core/run/cpu_work.hpp"
#include "core/time/clock.hpp"

namespace xenolith {
namespace {

constinit timer::SystemCounter counter;
constinit TimerInterrupts interrupts;

// CNTHCTL_EL2 without VHE: EL1 may read the physical counter; its timer is trapped.
constexpr u64 counter_not_trapped = 1;

// Its line stays asserted until the condition has gone: off until the next deadline is set.
gic::After hypervisor_timer() {
  write_register(cnthp_ctl_el2, 0);
  synchronise_context();
  run_work_soon(Work::timers);
  return gic::After::deactivate;
}

}  // namespace

void time_init_boot(const TimerInterrupts& from, u64 hz) {
  if (hz == 0) hz = read_register(cntfrq_el0);
  if (hz == 0) panic("Neither CNTFRQ_EL0 nor the device tree tells the frequency of the counter");
  interrupts = from;
  counter = timer::SystemCounter{arch::cycles(), hz};
  gic::set_ppi_handler(from.hypervisor, hypervisor_timer);
  gic::set_ppi_handler(from.virtual_timer, timer::GuestTimer::interrupt);
  log_info("Generic timer: {}.{:03} MHz", hz / 1'000'000, hz / 1000 % 1000);
}

void time_init_cpu() {
  write_register(cnthctl_el2, counter_not_trapped);
  write_register(cnthp_ctl_el2, 0);
  write_register(cntv_ctl_el0, 0);
  write_register(cntp_ctl_el0, 0);
  synchronise_context();
}

const timer::SystemCounter& system_counter() { return counter; }
gic::Intid virtual_timer_interrupt() { return interrupts.virtual_timer; }

SystemTime now() { return counter.is_there() ? counter.at(arch::cycles()) : SystemTime{}; }

}  // namespace xenolith

namespace xenolith::arch {

void set_cpu_timer(SystemTime deadline) {
  if (!counter.is_there()) return;  // the clocks have not been set up: nothing is due
  if (deadline == SystemTime::never()) {
    write_register(cnthp_ctl_el2, 0);
  } else {
    write_register(cnthp_cval_el2, counter.count_at(deadline, now()));
    write_register(cnthp_ctl_el2, timer::control::enable);
  }
  synchronise_context();
}

void wait_busily(Duration time) {
  if (time <= Duration::zero()) return;
  u64 hz = read_register(cntfrq_el0);
  u64 ticks = counter.is_there() ? counter.ticks(time) : static_cast<u64>(time / microseconds(1)) * (hz / 1'000'000 + 1);
  u64 start = cycles();
  while (cycles() - start < ticks) pause();
}

}  // namespace xenolith::arch
