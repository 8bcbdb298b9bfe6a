// SPDX-License-Identifier: MIT
#include "guests/bench/processor.hpp"

#include "guests/bench/row.hpp"
#include "guests/framework/arm64/gic.hpp"

namespace xenolith::guest::bench {
namespace {

constexpr u32 sgi = 5;
constexpr u64 timer_on = 1;
constinit std::atomic<u32> fired = 0;

u64 ticks_at(u64 time) {
  const u64 frequency = guest_read_register("cntfrq_el0");
  return time / seconds(1) * frequency + time % seconds(1) * frequency / seconds(1) + 1;
}

// The line is a level: the handler takes it away.
void take_timer() {
  guest_write_register("cntv_ctl_el0", 0);
  fired.fetch_add(1);
}

}  // namespace

// The physical timer is the hypervisor's to emulate; the virtual one is set without it.
void processor_rows() {
  repeat("id_register_exit", 2000, [] { static_cast<void>(guest_read_register("id_aa64isar0_el1")); });
  repeat("timer_set", 500, [] { guest_write_register("cntp_cval_el0", ~u64{0} >> 1); });
}

void set_ipi_handler(void (*handler)()) { set_private_handler(sgi, handler); }
void send_ipi(u32 vcpu) { gic::send_sgi(vcpu, sgi); }
void send_ipi_to_self() { gic::send_sgi(0, sgi); }

void open_timer() {
  set_private_handler(machine().virtual_timer, take_timer);
  gic::enable_private(0, machine().virtual_timer);
}

void close_timer() { guest_write_register("cntv_ctl_el0", 0); }

void set_timer(u64 when) {
  guest_write_register("cntv_cval_el0", ticks_at(when));
  guest_write_register("cntv_ctl_el0", timer_on);
}

u32 timer_count() { return fired.load(); }

}  // namespace xenolith::guest::bench
