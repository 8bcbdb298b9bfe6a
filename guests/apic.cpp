// SPDX-License-Identifier: MIT
// The local APIC in x2APIC mode: registers, self IPIs, priorities and the timer (Intel SDM volume 3, chapter 11).
#include <guest/apic.hpp>

#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

using apic::Register;

constexpr u8 first_vector = 0x60, second_vector = 0x70, timer_vector = 0x80;

struct Arrivals {
  volatile u32 count;
  volatile u8 vectors[16];
};
constinit Arrivals arrivals{};

void record(TrapFrame& frame) {
  if (arrivals.count < sizeof arrivals.vectors) arrivals.vectors[arrivals.count] = static_cast<u8>(frame.vector);
  arrivals.count = arrivals.count + 1;
  apic::end_interrupt();
}

// Takes what waits, and more until `wanted` have arrived.
bool take(u32 wanted, u64 duration = patience) {
  enable_interrupts();
  bool reached = wait_for(duration, [&] { return arrivals.count >= wanted; });
  disable_interrupts();
  return reached;
}

bool faults(Register which, u64 value) {
  auto got = catch_trap([&] { apic::write(which, value); });
  return got && got->frame.vector == exception::protection;
}

void registers() {
  Check check{"registers"};
  check.expect(read_msr(apic::base_msr) & apic::base_x2apic, "x2APIC mode is not on");
  check.equal(apic::read(Register::id), u64{0}, "identifier");
  u64 version = apic::read(Register::version);
  check.expect((version & 0xff) >= 0x10 && (version >> 16 & 0xff) >= 3, "version {:#x}", version);
  apic::write(Register::task_priority, 0x20);
  check.equal(apic::read(Register::task_priority), u64{0x20}, "task priority");
  u64 cr8;
  asm volatile("mov %%cr8, %0" : "=r"(cr8));
  check.equal(cr8, u64{2}, "cr8");
  asm volatile("mov %0, %%cr8" : : "r"(u64{0}));
  check.equal(apic::read(Register::task_priority), u64{0}, "task priority after cr8");
}

void reserved() {
  Check check{"reserved"};
  check.expect(faults(Register::end_of_interrupt, 1), "EOI takes 1");
  check.expect(faults(Register::id, 0), "the identifier can be written");
  check.expect(faults(Register::task_priority, 0x100), "the task priority takes 0x100");
  check.expect(faults(Register::timer_entry, u64{1} << 32), "the timer entry takes bit 32");
  auto read = catch_trap([] { (void)apic::read(Register::end_of_interrupt); });
  check.expect(read && read->frame.vector == exception::protection, "EOI can be read");
  auto back = catch_trap([] { write_msr(apic::base_msr, read_msr(apic::base_msr) & ~apic::base_x2apic); });
  check.expect(back && back->frame.vector == exception::protection, "x2APIC mode can be left for xAPIC mode");
}

void self_ipi() {
  Check check{"self_ipi"};
  arrivals.count = 0;
  apic::write(Register::self_ipi, first_vector);
  check.equal(u32{arrivals.count}, 0u, "arrivals with interrupts off");
  check.expect(take(1), "nothing arrives");
  check.equal(u32{arrivals.count}, 1u, "arrivals");
  check.equal(u8{arrivals.vectors[0]}, first_vector, "vector");
}

// For a while, in which the host is interrupted by its timer.
void interrupts_off_hold_back() {
  Check check{"interrupts_off"};
  apic::write(Register::timer_divide, 0xb);  // by 1
  apic::write(Register::timer_entry, timer_vector);
  // Again, with more time, if it was off the processor meanwhile and the timer has fired.
  u32 ticks = 200'000;
  for (; ticks < 100'000'000; ticks *= 4) {
    arrivals.count = 0;
    enable_interrupts();
    apic::write(Register::timer_initial, ticks);
    disable_interrupts();  // without an exit between this and the next: a host that is only asked at exits must hold it back, too
    if (arrivals.count == 0) break;
  }
  apic::write(Register::self_ipi, first_vector);
  for (u64 end = system_time() + milliseconds(20) + u64{ticks} * 10; system_time() < end;) {
  }
  check.equal(u32{arrivals.count}, 0u, "arrivals with interrupts off");
  check.expect(take(2), "{} of 2 arrive", u32{arrivals.count});
  check.equal(u8{arrivals.vectors[0]}, timer_vector, "first");
}

// By the command register: to its own identifier, and by the shorthand.
void command() {
  Check check{"command"};
  constexpr u32 to_self = 1u << 18, to_all = 2u << 18;
  for (u32 shorthand : {0u, to_self, to_all}) {
    arrivals.count = 0;
    apic::send(0, shorthand | apic::assert_level | first_vector);
    check.expect(take(1), "nothing arrives with shorthand {}", shorthand >> 18);
  }
}

void highest_first() {
  Check check{"highest_first"};
  arrivals.count = 0;
  apic::write(Register::self_ipi, first_vector);
  apic::write(Register::self_ipi, second_vector);
  check.expect(take(2), "{} of 2 arrive", u32{arrivals.count});
  check.equal(u8{arrivals.vectors[0]}, second_vector, "first");
  check.equal(u8{arrivals.vectors[1]}, first_vector, "second");
}

void task_priority_holds_back() {
  Check check{"task_priority"};
  arrivals.count = 0;
  apic::write(Register::task_priority, 0x60);
  apic::write(Register::self_ipi, first_vector);
  check.expect(!take(1, milliseconds(20)), "vector {:#x} arrives at priority 0x60", first_vector);
  apic::write(Register::self_ipi, second_vector);
  check.expect(take(1), "vector {:#x} is held back at priority 0x60", second_vector);
  apic::write(Register::task_priority, 0);
  check.expect(take(2), "what was held back is lost");
}

void timer_once() {
  Check check{"timer_once"};
  arrivals.count = 0;
  apic::write(Register::timer_divide, 0xb);  // by 1
  apic::write(Register::timer_entry, timer_vector);
  u64 start = system_time();
  apic::write(Register::timer_initial, 10'000'000);
  u64 left = apic::read(Register::timer_current);
  check.expect(left > 0 && left <= 10'000'000, "current count {}", left);
  check.expect(take(1, patience), "it does not fire");
  note("10000000 ticks of the APIC timer took {} ns", system_time() - start);
  check.expect(!take(2, milliseconds(20)), "it fires again");
  check.equal(apic::read(Register::timer_current), u64{0}, "count at the end");
}

void timer_periodic() {
  Check check{"timer_periodic"};
  arrivals.count = 0;
  apic::write(Register::timer_entry, timer_vector | apic::entry_periodic);
  apic::write(Register::timer_initial, 2'000'000);
  check.expect(take(5, patience), "{} of 5 arrive", u32{arrivals.count});
  apic::write(Register::timer_initial, 0);
  take(~0u, milliseconds(5));
  arrivals.count = 0;
  check.expect(!take(1, milliseconds(20)), "it fires after it was stopped");
}

void timer_deadline() {
  Check check{"timer_deadline"};
  if (!(cpuid(1).ecx >> 24 & 1)) return check.skip("CPUID shows no deadline timer");
  constexpr u32 deadline = 0x6e0;
  arrivals.count = 0;
  apic::write(Register::timer_entry, timer_vector | apic::entry_deadline);
  write_msr(deadline, read_tsc() + 5'000'000);
  check.expect(take(1, patience), "it does not fire");
  check.equal(read_msr(deadline), u64{0}, "deadline after it");
  apic::write(Register::timer_entry, apic::entry_masked);
}

void wakes_from_halt() {
  Check check{"halt"};
  arrivals.count = 0;
  apic::write(Register::timer_entry, timer_vector);
  apic::write(Register::timer_initial, 10'000'000);
  enable_and_halt();
  check.expect(arrivals.count > 0 || take(1), "the timer does not end a halt");
}

}  // namespace

void test_main() {
  for (u8 vector : {first_vector, second_vector, timer_vector}) set_handler(vector, record);
  registers();
  reserved();
  self_ipi();
  interrupts_off_hold_back();
  command();
  highest_first();
  task_priority_holds_back();
  timer_once();
  timer_periodic();
  timer_deadline();
  wakes_from_halt();
}

}  // namespace xenolith::guest
