// SPDX-License-Identifier: MIT
// The virtual and the physical timer (ARM Architecture Reference Manual, "The Generic Timer in AArch64 state").
#include "guests/timers.hpp"

#include "guests/framework/arm64/gic.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

constexpr u64 timer_on = 1, timer_masked = 2, timer_met = 4;

struct HardwareTimer {
  std::string_view name;
  u64 (*counter)();
  u64 (*control)();
  void (*set_control)(u64);
  void (*set_deadline)(u64);
  void (*set_distance)(u64);
};
const HardwareTimer virtual_timer{"virtual_timer", [] { return guest_read_register("cntvct_el0"); },
                                  [] { return guest_read_register("cntv_ctl_el0"); }, [](u64 v) { guest_write_register("cntv_ctl_el0", v); },
                                  [](u64 v) { guest_write_register("cntv_cval_el0", v); }, [](u64 v) { guest_write_register("cntv_tval_el0", v); }};
const HardwareTimer physical_timer{"physical_timer", [] { return guest_read_register("cntpct_el0"); },
                                   [] { return guest_read_register("cntp_ctl_el0"); }, [](u64 v) { guest_write_register("cntp_ctl_el0", v); },
                                   [](u64 v) { guest_write_register("cntp_cval_el0", v); }, [](u64 v) { guest_write_register("cntp_tval_el0", v); }};

std::atomic<u32> fired = 0;
std::atomic<u64> fired_at = 0;
const HardwareTimer* current = nullptr;

// The line is a level: the handler takes it away.
void take() {
  fired_at = current->counter();
  fired.fetch_add(1);
  current->set_control(0);
}

u64 ticks_of(u64 nanoseconds) { return nanoseconds / 1000 * guest_read_register("cntfrq_el0") / 1'000'000; }

bool fires(const HardwareTimer&, u32 before) {
  enable_interrupts();
  bool came = wait_for(patience, [&] { return fired.load() > before; });
  disable_interrupts();
  return came;
}

void one_timer(const HardwareTimer& timer, u32 interrupt) {
  Check check{timer.name};
  current = &timer;
  set_private_handler(interrupt, take);
  gic::enable_private(this_cpu().id, interrupt);
  u64 due = timer.counter() + ticks_of(milliseconds(30));
  timer.set_deadline(due);
  timer.set_control(timer_on);
  check.equal(timer.control() & timer_met, u64{0}, "its condition before its time");
  check.expect(fires(timer, fired), "it does not fire");
  check.expect(fired_at.load() >= due, "it fires {} ticks early", due - fired_at.load());
  timer.set_distance(ticks_of(milliseconds(10)));
  timer.set_control(timer_on);
  check.expect(fires(timer, fired), "it does not fire by distance");
  // Behind its time, masked: the condition is met, and nothing comes.
  u32 before = fired;
  timer.set_deadline(timer.counter());
  timer.set_control(timer_on | timer_masked);
  enable_interrupts();
  delay(milliseconds(20));
  disable_interrupts();
  check.equal(fired.load(), before, "interrupts while it is masked");
  check.equal(timer.control() & timer_met, timer_met, "its condition behind its time");
  timer.set_control(timer_on);
  check.expect(fires(timer, before), "it does not fire when the mask is taken away");
}

// A vCPU that waits for an interrupt with interrupts masked goes on when its timer fires.
void wakes(const HardwareTimer& timer, std::string_view name) {
  Check check{name};
  current = &timer;
  for (u32 round = 0; round < 20; ++round) {
    u32 before = fired;
    u64 due = timer.counter() + ticks_of(milliseconds(5));
    timer.set_deadline(due);
    timer.set_control(timer_on);
    for (u64 end = system_time() + patience; fired == before && system_time() < end;) enable_and_halt();
    if (!check.expect(fired == before + 1, "round {}: it does not wake the vCPU", round)) return;
    check.expect(fired_at.load() >= due, "it fires {} ticks early", due - fired_at.load());
  }
}

// The hypervisor has no clock of its own that knows the date: dom0 tells it, and reads it in the shared page afterwards.
void tell_date() {
  Check check{"settime64"};
  constexpr u64 year_2023 = 1'700'000'000;
  static xen_platform_op request;
  request = {};
  request.cmd = XENPF_settime64;
  request.interface_version = XENPF_INTERFACE_VERSION;
  request.u.settime64.secs = year_2023;
  request.u.settime64.nsecs = 5;
  request.u.settime64.system_time = system_time();
  check.equal(hypercall(__HYPERVISOR_platform_op, address_of(&request)), 0, "answer");
}

}  // namespace

void hardware_clocks() {
  tell_date();
  one_timer(virtual_timer, machine().virtual_timer);
  one_timer(physical_timer, machine().physical_timer);
  wakes(virtual_timer, "virtual_timer_wakes");
  wakes(physical_timer, "physical_timer_wakes");
}

}  // namespace xenolith::guest
