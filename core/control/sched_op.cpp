// SPDX-License-Identifier: MIT
#include "core/control/sched_op.hpp"

#include <arch/control.hpp>

#include <array>

#include "core/base/interface.hpp"
#include "core/control/affinity.hpp"
#include "core/control/domain_control.hpp"
#include "core/events/poll.hpp"
#include "core/run/dispatcher.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith {
namespace {

constexpr u32 most_polled_ports = 128;

HypercallOutcome yield(Vcpu&, const HypercallArguments&) {
  Dispatcher::yield();
  return i64{0};
}

// Upcalls are let through, and only then is it decided whether there is anything to wait for.
HypercallOutcome block(Vcpu& caller, const HypercallArguments&) {
  arch::allow_upcalls(&caller.info());
  caller.stop(Vcpu::blocked);
  if (vcpu_has_pending_events(caller) || arch::has_deliverable_interrupt(caller)) caller.resume(Vcpu::blocked);
  return i64{0};
}

HypercallOutcome shutdown(Vcpu& caller, const HypercallArguments& arguments) {
  sched_shutdown_t request = TRY(GuestHandle<sched_shutdown_t>{arguments[1]}.read(caller));
  caller.domain().shut_down(static_cast<u8>(request.reason));
  return i64{0};
}

HypercallOutcome latch_shutdown_code(Vcpu& caller, const HypercallArguments& arguments) {
  sched_shutdown_t request = TRY(GuestHandle<sched_shutdown_t>{arguments[1]}.read(caller));
  caller.domain().latch_shutdown_code(static_cast<u8>(request.reason));
  return i64{0};
}

HypercallOutcome remote_shutdown(Vcpu& caller, const HypercallArguments& arguments) {
  auto request = TRY(GuestHandle<sched_remote_shutdown_t>{arguments[1]}.read(caller));
  Domain* target = DomainTable::find(DomainId{request.domain_id});
  if (!target) return Failure{XEN_ESRCH};
  if (!caller.domain().may_emulate(*target)) return Failure{XEN_EPERM};
  target->shut_down(static_cast<u8>(request.reason));
  return i64{0};
}

// The timeout is a system time in nanoseconds; what lies beyond the clock's range has passed, as for every signed time.
HypercallOutcome poll(Vcpu& caller, const HypercallArguments& arguments) {
  sched_poll_t request = TRY(GuestHandle<sched_poll_t>{arguments[1]}.read(caller));
  if (request.nr_ports > most_polled_ports) return Failure{XEN_EINVAL};
  std::array<evtchn_port_t, most_polled_ports> storage;
  std::span<evtchn_port_t> ports{storage.data(), request.nr_ports};
  TRY(GuestHandle<evtchn_port_t>{request.ports.p}.read_array(caller, ports));
  caller.run().poll_timer().stop();
  if (!TRY(begin_poll(caller, ports))) return i64{0};
  if (vcpu_has_pending_events(caller) || arch::has_deliverable_interrupt(caller)) {
    end_poll(caller);
    return i64{0};
  }
  if (request.timeout != 0) caller.run().poll_timer().set(SystemTime{static_cast<i64>(request.timeout)});
  return i64{0};
}

HypercallOutcome watchdog(Vcpu& caller, const HypercallArguments& arguments) {
  auto request = TRY(GuestHandle<sched_watchdog_t>{arguments[1]}.read(caller));
  return i64{TRY(caller.domain().control().watchdogs().set(request.id, seconds(request.timeout)))};
}

HypercallOutcome pin_override(Vcpu& caller, const HypercallArguments& arguments) {
  if (!caller.domain().is_hardware()) return Failure{XEN_EPERM};
  auto request = TRY(GuestHandle<sched_pin_override_t>{arguments[1]}.read(caller));
  if (request.pcpu < 0) return affinity::end_override(caller);
  return affinity::override_with(caller, CpuId{static_cast<u32>(request.pcpu)});
}

constexpr HypercallRow rows[] = {
    {SCHEDOP_yield, "yield", Caller::any, yield},
    {SCHEDOP_block, "block", Caller::any, block},
    {SCHEDOP_shutdown, "shutdown", Caller::any, shutdown},
    {SCHEDOP_poll, "poll", Caller::any, poll},
    {SCHEDOP_remote_shutdown, "remote_shutdown", Caller::any, remote_shutdown},
    {SCHEDOP_shutdown_code, "shutdown_code", Caller::any, latch_shutdown_code},
    {SCHEDOP_watchdog, "watchdog", Caller::any, watchdog},
    {SCHEDOP_pin_override, "pin_override", Caller::any, pin_override},
};

}  // namespace

HypercallOutcome sched_op(Vcpu& caller, const HypercallArguments& arguments) {
  return dispatch(rows, static_cast<u32>(arguments[0]), caller, arguments);
}

HypercallOutcome sched_op_compat(Vcpu& caller, const HypercallArguments& arguments) {
  switch (static_cast<u32>(arguments[0])) {
    case SCHEDOP_yield: return yield(caller, arguments);
    case SCHEDOP_block: return block(caller, arguments);
    case SCHEDOP_shutdown: caller.domain().shut_down(static_cast<u8>(arguments[1])); return i64{0};
    default: return Failure{XEN_ENOSYS};
  }
}

}  // namespace xenolith
