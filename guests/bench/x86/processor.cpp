// SPDX-License-Identifier: MIT
#include "guests/bench/processor.hpp"

#include <guest/apic.hpp>

#include "guests/bench/row.hpp"
#include "guests/framework/events.hpp"

namespace xenolith::guest::bench {
namespace {

constexpr u8 ipi_vector = 0x61;
using IpiHandler = void (*)();
constinit IpiHandler ipi_handler = nullptr;
constinit u32 timer_port = 0;

}  // namespace

void processor_rows() {
  const u32 leaves = xen_leaves();
  repeat("cpuid_exit", 2000, [=] { cpuid(leaves); });
  repeat("timer_set", 500, [] { set_timer(system_time() + seconds(100)); });
  vcpu_op(VCPUOP_stop_singleshot_timer, 0, nullptr);
}

void set_ipi_handler(void (*handler)()) {
  ipi_handler = handler;
  set_handler(ipi_vector, [](TrapFrame&) {
    apic::end_interrupt();
    ipi_handler();
  });
}

// APIC identifiers are twice the vCPU's number.
void send_ipi(u32 vcpu) { apic::send(vcpu * 2, apic::assert_level | ipi_vector); }
void send_ipi_to_self() { apic::write(apic::Register::self_ipi, ipi_vector); }

void open_timer() {
  timer_port = static_cast<u32>(events::bind_virq(VIRQ_TIMER, 0));
  events::unmask(timer_port);
}

void close_timer() { events::close(timer_port); }

void set_timer(u64 when) {
  vcpu_set_singleshot_timer request{.timeout_abs_ns = when, .flags = 0};
  vcpu_op(VCPUOP_set_singleshot_timer, 0, &request);
}

u32 timer_count() { return events::count(timer_port); }

}  // namespace xenolith::guest::bench
