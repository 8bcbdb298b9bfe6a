// SPDX-License-Identifier: MIT
// System time and the vCPU's timers.
#include "guests/timers.hpp"

#include "guests/framework/events.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

u32 timer_port;

u32 ticks() { return events::count(timer_port); }

void time_is_monotonic() {
  Check check{"monotonic"};
  u64 last = system_time(), start = last;
  u32 reads = 0;
  for (; last < start + milliseconds(200); ++reads) {
    u64 now = system_time();
    if (!check.expect(now >= last, "after {} reads it steps back by {} ns", reads, last - now)) return;
    last = now;
  }
  note("{} reads in 200 ms", reads);
}

void singleshot() {
  Check check{"singleshot"};
  u32 before = ticks();
  u64 due = system_time() + milliseconds(30);
  vcpu_set_singleshot_timer timer{.timeout_abs_ns = due, .flags = 0};
  check.equal(vcpu_op(VCPUOP_set_singleshot_timer, 0, &timer), 0, "answer");
  check.expect(events::wait_for_count(timer_port, before + 1), "it does not fire");
  u64 now = system_time();
  check.expect(now >= due, "it fires {} ns early", due - now);
  check.expect(now - due < patience, "it fires {} ns late", now - due);
}

void past_deadlines() {
  Check check{"past_deadline"};
  u32 before = ticks();
  vcpu_set_singleshot_timer timer{.timeout_abs_ns = system_time() - milliseconds(1), .flags = 0};
  check.equal(vcpu_op(VCPUOP_set_singleshot_timer, 0, &timer), 0, "answer for one that is over");
  check.expect(events::wait_for_count(timer_port, before + 1), "it does not fire");
  // Xen 4.17 ignores the flag, Xen before it refused.
  timer.flags = VCPU_SSHOTTMR_future;
  before = ticks();
  long answer = vcpu_op(VCPUOP_set_singleshot_timer, 0, &timer);
  if (answer == 0) check.expect(events::wait_for_count(timer_port, before + 1), "it does not fire with VCPU_SSHOTTMR_future");
  else check.equal(answer, -XEN_ETIME, "answer to VCPU_SSHOTTMR_future");
}

void stopping() {
  Check check{"stop_singleshot"};
  u32 before = ticks();
  vcpu_set_singleshot_timer timer{.timeout_abs_ns = system_time() + milliseconds(20), .flags = 0};
  vcpu_op(VCPUOP_set_singleshot_timer, 0, &timer);
  check.equal(vcpu_op(VCPUOP_stop_singleshot_timer, 0, nullptr), 0, "answer");
  enable_interrupts();
  delay(milliseconds(40));
  disable_interrupts();
  check.equal(ticks(), before, "events");
}

void set_timer_op() {
  Check check{"set_timer_op"};
  u32 before = ticks();
  check.equal(hypercall(__HYPERVISOR_set_timer_op, system_time() + milliseconds(10)), 0, "answer");
  check.expect(events::wait_for_count(timer_port, before + 1), "it does not fire");
  check.equal(hypercall(__HYPERVISOR_set_timer_op, system_time() + milliseconds(20)), 0, "answer");
  check.equal(hypercall(__HYPERVISOR_set_timer_op, 0), 0, "answer to stop");
  before = ticks();
  enable_interrupts();
  delay(milliseconds(40));
  disable_interrupts();
  check.equal(ticks(), before, "events after stop");
}

void periodic() {
  Check check{"periodic"};
  u32 before = ticks();
  u64 start = system_time();
  vcpu_set_periodic_timer timer{.period_ns = milliseconds(10)};
  check.equal(vcpu_op(VCPUOP_set_periodic_timer, 0, &timer), 0, "answer");
  check.expect(events::wait_for_count(timer_port, before + 10), "{} of 10 fire", ticks() - before);
  u64 passed = system_time() - start;
  check.expect(passed >= milliseconds(85), "10 periods of 10 ms take {} ns", passed);
  check.equal(vcpu_op(VCPUOP_stop_periodic_timer, 0, nullptr), 0, "answer to stop");
  enable_interrupts();
  delay(milliseconds(5));
  before = ticks();
  delay(milliseconds(30));
  disable_interrupts();
  check.equal(ticks(), before, "events after stop");
  timer.period_ns = 1000;
  check.equal(vcpu_op(VCPUOP_set_periodic_timer, 0, &timer), -XEN_EINVAL, "answer to 1 us");
}

std::atomic<u64> turn = 0;       // counts up; even: the first vCPU's turn
std::atomic<u64> time_seen = 0;  // by who gave the turn
std::atomic<u64> worst_step_back = 0;
constexpr u64 turns = 2000;

void take_turns(u64 mine) {
  for (u64 at = mine; at < turns; at += 2) {
    if (!wait_for(patience, [&] { return turn.load() == at; })) return;
    u64 now = system_time(), seen = time_seen.load();
    if (now < seen && seen - now > worst_step_back.load()) worst_step_back.store(seen - now);
    time_seen.store(system_time());
    turn.store(at + 1);
  }
}

// Two vCPUs read their clocks in turns: neither may see the other's time in its future.
void clocks_agree() {
  Check check{"clocks_agree"};
  if (cpu_count() < 2) return check.skip("one vCPU only");
  if (!check.expect(start_cpu(1, [] { take_turns(1); }), "vCPU 1 does not start")) return;
  take_turns(0);
  check.expect(wait_for(patience, [] { return turn.load() >= turns; }), "it stops after {} turns", turn.load());
  note("vCPUs' clocks: worst step back {} ns", worst_step_back.load());
  // Without a reliable TSC each CPU keeps to the platform timer by itself, whose readings an emulator on a busy machine delays.
  check.expect(worst_step_back.load() < microseconds(50), "time steps back by {} ns between vCPUs", worst_step_back.load());
}

// Wall clock: a plausible year, and it does not run backwards (xen/xen.h, "wc_version").
void wall_clock() {
  Check check{"wall_clock"};
  const shared_info& info = shared_page();
  u64 now = (u64{info.wc_sec_hi} << 32 | info.wc_sec) + system_time() / seconds(1);
  constexpr u64 year_2020 = 1577836800, year_2100 = 4102444800;
  check.expect(!(info.wc_version & 1), "its version is odd");
  check.expect(now > year_2020 && now < year_2100, "it is {} s after 1970", now);
  check.expect(info.wc_nsec < 1'000'000'000, "{} ns", info.wc_nsec);
}

}  // namespace

void test_main() {
  if (long answer = events::enable_upcalls()) fail("no upcall vector: {}", answer);
  long port = events::bind_virq(VIRQ_TIMER, 0);
  if (port < 0) fail("VIRQ_TIMER cannot be bound: {}", port);
  timer_port = static_cast<u32>(port);
  events::unmask(timer_port);
  time_is_monotonic();
  hardware_clocks();
  singleshot();
  past_deadlines();
  stopping();
  set_timer_op();
  periodic();
  clocks_agree();
  wall_clock();
}

}  // namespace xenolith::guest
