// SPDX-License-Identifier: MIT
// Runstates, timers, polling.
#include "guests/compat/guest.hpp"

namespace xenolith::guest32 {
namespace {

constexpr u64 millisecond = 1'000'000;
constinit Page area[2];

void runstate() {
  Check check{"runstate"};
  Guarded<vcpu_runstate_info> info;
  check.equal(static_cast<u32>(vcpu_op(VCPUOP_get_runstate_info, &info.value)), 0, "answer");
  check.equal(static_cast<u32>(info.value.state), RUNSTATE_running, "state");
  check.expect(info.value.state_entry_time != 0 && info.value.state_entry_time < system_time(), "time of entry",
               static_cast<u32>(info.value.state_entry_time));
  check.expect(info.value.time[RUNSTATE_running] != 0, "no time in which it ran");
  check.expect(info.is_whole(), "bytes behind it have changed");
}

// It crosses from one page into the next, and ends where 32-bit callers' ends. The upper half of the union is rubbish.
void runstate_area() {
  Check check{"runstate_area"};
  auto* info = area[0].as<vcpu_runstate_info>(page_bytes - 20);
  u8* behind = reinterpret_cast<u8*>(info) + sizeof(*info);
  for (u32 i = 0; i < 8; ++i) behind[i] = 0xa5;
  info->state = 99;
  vcpu_register_runstate_memory_area request;
  request.addr.p = ~u64{0};
  request.addr.v = info;
  check.equal(static_cast<u32>(vcpu_op(VCPUOP_register_runstate_memory_area, &request)), 0, "answer");
  check.equal(static_cast<u32>(info->state), RUNSTATE_running, "state");
  check.expect(info->state_entry_time != 0 && !(info->state_entry_time >> 63), "time of entry", static_cast<u32>(info->state_entry_time));
  for (u32 i = 0; i < 8; ++i) check.equal(behind[i], 0xa5, "a byte behind it");
  request.addr.p = 0;
  check.equal(static_cast<u32>(vcpu_op(VCPUOP_register_runstate_memory_area, &request)), 0, "answer to taking it away");
}

void time_area() {
  Check check{"time_area"};
  auto* info = area[1].as<vcpu_time_info>(2048);
  vcpu_register_time_memory_area request;
  request.addr.p = ~u64{0};
  request.addr.v = info;
  check.equal(static_cast<u32>(vcpu_op(VCPUOP_register_vcpu_time_memory_area, &request)), 0, "answer");
  check.equal(info->tsc_to_system_mul, own_info().time.tsc_to_system_mul, "scale");
}

void single_shot() {
  Check check{"single_shot"};
  Guarded<vcpu_set_singleshot_timer> request;
  request.value.timeout_abs_ns = system_time() + (u64{1} << 40);
  check.equal(static_cast<u32>(vcpu_op(VCPUOP_set_singleshot_timer, &request.value)), 0, "answer");
  check.equal(static_cast<u32>(vcpu_op(VCPUOP_stop_singleshot_timer, nullptr)), 0, "answer to stopping it");
}

// Nothing is sent: it ends by its timeout, not before it and not at once.
void polling() {
  Check check{"polling"};
  evtchn_port_t port = bind_ipi();
  u64 begin = system_time(), end = begin + 20 * millisecond;
  Guarded<sched_poll> request;
  request.value.ports.p = &port;
  request.value.nr_ports = 1;
  request.value.timeout = end;
  own_info().evtchn_upcall_pending = 0;
  check.equal(static_cast<u32>(sched_op(SCHEDOP_poll, &request.value)), 0, "answer");
  check.expect(system_time() >= end, "it ended early", static_cast<u32>(system_time() - begin));
}

// The deadline in two registers; more than 4 s after the start of the machine is no special time.
void timer() {
  Check check{"timer"};
  evtchn_bind_virq bind{.virq = VIRQ_TIMER, .vcpu = 0, .port = 0};
  if (!check.equal(static_cast<u32>(event_op(EVTCHNOP_bind_virq, &bind)), 0, "answer to bind_virq")) return;
  u64 end = system_time() + 10 * millisecond;
  own_info().evtchn_upcall_pending = 0;
  check.equal(static_cast<u32>(hypercall(__HYPERVISOR_set_timer_op, static_cast<u32>(end), static_cast<u32>(end >> 32))), 0, "answer");
  sched_poll request{};
  evtchn_port_t port = bind.port;
  request.ports.p = &port;
  request.nr_ports = 1;
  check.equal(static_cast<u32>(sched_op(SCHEDOP_poll, &request)), 0, "answer to poll");
  check.expect(system_time() >= end, "it came early");
  check.expect(shared().evtchn_pending[port / 32] & 1u << port % 32, "it is not pending");
}

}  // namespace

void check_vcpu() {
  runstate();
  runstate_area();
  time_area();
  single_shot();
  polling();
  timer();
}

}  // namespace xenolith::guest32
