// SPDX-License-Identifier: MIT
// The domain whose counter is looked at. Its command line is the port of its channel to dom0.
#include "guests/framework/events.hpp"
#include "guests/framework/test.hpp"
#include "guests/tsc/child.hpp"

namespace xenolith::guest {
namespace {

using tsc::Report;

constexpr u32 msr_tsc = 0x10, msr_tsc_aux = 0xc0000103;
volatile u64 fired_at = 0;

namespace x2apic {
constexpr u32 base = 0x1b, end_of_interrupt = 0x80b, spurious = 0x80f, timer = 0x832, deadline = 0x6e0;
constexpr u64 enabled = 0xc00, by_deadline = 2 << 17;
constexpr u8 vector = 0x60, spurious_vector = 0xff;
}  // namespace x2apic

u64 rdtscp(u32* aux) {
  u32 low, high;
  asm volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(*aux) : : "memory");
  return u64{high} << 32 | low;
}

bool has_rdtscp() { return cpuid(0x80000001).edx & 1u << 27; }

void read_counter(Report& report) {
  constexpr unsigned tries = 20;
  for (unsigned i = 0; i < tries; ++i) {
    Report now{};
    now.time_before = system_time();
    now.rdtsc = read_tsc();
    now.aux = tsc::aux_value;
    now.rdtscp = has_rdtscp() ? rdtscp(&now.aux) : now.rdtsc;
    now.rdmsr = read_msr(msr_tsc);
    now.time_after = system_time();
    if (i && now.time_after - now.time_before >= report.time_after - report.time_before) continue;
    report = now;
  }
}

void read_leaf(Report& report) {
  const u32 leaf = xen_leaves() + 3;
  const CpuidLeaf first = cpuid(leaf, 0);
  report.flags = first.eax, report.mode = first.ebx, report.khz = first.ecx, report.incarnation = first.edx;
  report.host_khz = cpuid(leaf, 2).eax;
}

void wait_for_deadline(Report& report) {
  write_msr(x2apic::base, read_msr(x2apic::base) | x2apic::enabled);
  write_msr(x2apic::spurious, 0x100 | x2apic::spurious_vector);
  set_handler(x2apic::spurious_vector, [](TrapFrame&) {});
  set_handler(x2apic::vector, [](TrapFrame&) {
    fired_at = system_time();
    write_msr(x2apic::end_of_interrupt, 0);
  });
  write_msr(x2apic::timer, x2apic::by_deadline | x2apic::vector);
  fired_at = 0;
  const u64 start = system_time();
  write_msr(x2apic::deadline, read_tsc() + tsc::deadline_ns / 1000 * report.khz / 1000);
  enable_interrupts();
  while (!fired_at && system_time() - start < patience) pause();
  disable_interrupts();
  report.deadline_after = fired_at ? fired_at - start : 0;
}

void write_counter(Report& report) {
  report.written = 5;
  const u64 before = system_time();
  write_msr(msr_tsc, report.written);
  report.read_back = read_tsc();
  report.time_moved = system_time() - before;
}

u32 number_of(std::string_view text) {
  u32 value = 0;
  for (char digit : text) value = value * 10 + static_cast<u32>(digit - '0');
  return value;
}

}  // namespace

void test_main() {
  const u32 port = number_of(command_line());
  auto& place = *reinterpret_cast<Report*>(tsc::report_address);
  if (has_rdtscp()) write_msr(msr_tsc_aux, tsc::aux_value);
  events::enable_upcalls();
  events::unmask(port);
  events::send(port);
  for (u64 number = 1;; ++number) {
    while (events::count(port) < number) enable_and_halt();
    Report report{};
    read_counter(report);
    read_leaf(report);
    if (number % 4 == 3) wait_for_deadline(report);
    if (number % 4 == 0) write_counter(report);
    report.number = number;
    place = report;
    events::send(port);
  }
}

}  // namespace xenolith::guest
