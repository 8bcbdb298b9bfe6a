// SPDX-License-Identifier: MIT
#include "core/events/event_channel_op.hpp"

#include <cstddef>

#include "core/events/event_table.hpp"

namespace xenolith {
namespace {
// Xen's own number for a reset that goes on, which the public header has for the hypervisor only.
constexpr u32 reset_continuation = 14;
static_assert(reset_continuation == EVTCHNOP_set_priority + 1);

// Copies the structure in, performs, and copies it out again with the results. A result that cannot be copied out
// leaves its channel: the guest can find and close it.
template <class Structure, class Perform>
HypercallOutcome with_results(Vcpu& caller, const HypercallArguments& arguments, Perform&& perform) {
  GuestHandle<Structure> handle{arguments[1]};
  auto request = handle.read(caller);
  if (request.failed()) return Failure{request.error()};
  Result<void> performed = perform(*request);
  if (performed.failed() && performed.error() == EventTable::search_goes_on) return HypercallOutcome::again(arguments);
  if (performed.failed()) return Failure{performed.error()};
  return handle.write(caller, *request);
}

template <class Structure, class Perform>
HypercallOutcome without_results(Vcpu& caller, const HypercallArguments& arguments, Perform&& perform) {
  auto request = GuestHandle<Structure>{arguments[1]}.read(caller);
  if (request.failed()) return Failure{request.error()};
  return HypercallOutcome{perform(static_cast<const Structure&>(*request))};
}

EventTable& events_of(Vcpu& caller) { return caller.domain().events(); }

// The domain that an operation names; EPERM unless it is the caller's own or one that the caller may control.
Result<Domain*> target_of(Vcpu& caller, domid_t id) {
  Domain* target = TRY(DomainTable::find(caller, id));
  if (target != &caller.domain() && !caller.domain().may_control(*target)) return Failure{XEN_EPERM};
  return target;
}

DomainId id_or_self(Vcpu& caller, domid_t id) { return id == DOMID_SELF ? caller.domain().id() : DomainId{id}; }

HypercallOutcome alloc_unbound(Vcpu& caller, const HypercallArguments& arguments) {
  return with_results<evtchn_alloc_unbound_t>(caller, arguments, [&](auto& request) -> Result<void> {
    Domain* target = TRY(target_of(caller, request.dom));
    request.port = TRY(target->events().alloc_unbound(id_or_self(caller, request.remote_dom))).raw();
    return {};
  });
}

HypercallOutcome bind_interdomain(Vcpu& caller, const HypercallArguments& arguments) {
  return with_results<evtchn_bind_interdomain_t>(caller, arguments, [&](auto& request) -> Result<void> {
    Domain* remote = TRY(DomainTable::find(caller, request.remote_dom));
    request.local_port = TRY(events_of(caller).bind_interdomain(*remote, Port{request.remote_port})).raw();
    return {};
  });
}

HypercallOutcome bind_virq(Vcpu& caller, const HypercallArguments& arguments) {
  return with_results<evtchn_bind_virq_t>(caller, arguments, [&](auto& request) -> Result<void> {
    request.port = TRY(events_of(caller).bind_virq(request.virq, VcpuId{request.vcpu})).raw();
    return {};
  });
}

HypercallOutcome bind_ipi(Vcpu& caller, const HypercallArguments& arguments) {
  return with_results<evtchn_bind_ipi_t>(caller, arguments, [&](auto& request) -> Result<void> {
    request.port = TRY(events_of(caller).bind_ipi(VcpuId{request.vcpu})).raw();
    return {};
  });
}

HypercallOutcome bind_pirq(Vcpu& caller, const HypercallArguments& arguments) {
  return with_results<evtchn_bind_pirq_t>(caller, arguments, [&](auto& request) -> Result<void> {
    bool will_share = (request.flags & BIND_PIRQ__WILL_SHARE) != 0;
    request.port = TRY(events_of(caller).bind_pirq(request.pirq, will_share)).raw();
    return {};
  });
}

HypercallOutcome status(Vcpu& caller, const HypercallArguments& arguments) {
  return with_results<evtchn_status_t>(caller, arguments, [&](auto& request) -> Result<void> {
    Domain* target = TRY(target_of(caller, request.dom));
    evtchn_status_t status = TRY(target->events().status(Port{request.port}));
    status.dom = request.dom;
    status.port = request.port;
    request = status;
    return {};
  });
}

HypercallOutcome close(Vcpu& caller, const HypercallArguments& arguments) {
  return without_results<evtchn_close_t>(caller, arguments,
                                         [&](auto& request) { return events_of(caller).close(Port{request.port}); });
}

HypercallOutcome send(Vcpu& caller, const HypercallArguments& arguments) {
  return without_results<evtchn_send_t>(caller, arguments,
                                        [&](auto& request) { return events_of(caller).send(Port{request.port}); });
}

HypercallOutcome unmask(Vcpu& caller, const HypercallArguments& arguments) {
  return without_results<evtchn_unmask_t>(caller, arguments,
                                          [&](auto& request) { return events_of(caller).unmask(Port{request.port}); });
}

HypercallOutcome bind_vcpu(Vcpu& caller, const HypercallArguments& arguments) {
  return without_results<evtchn_bind_vcpu_t>(caller, arguments, [&](auto& request) {
    return events_of(caller).bind_vcpu(Port{request.port}, VcpuId{request.vcpu});
  });
}

HypercallOutcome init_control(Vcpu& caller, const HypercallArguments& arguments) {
  return with_results<evtchn_init_control_t>(caller, arguments, [&](auto& request) {
    request.link_bits = EVTCHN_FIFO_LINK_BITS;
    return events_of(caller).init_control(VcpuId{request.vcpu}, Gfn{request.control_gfn}, request.offset);
  });
}

HypercallOutcome expand_array(Vcpu& caller, const HypercallArguments& arguments) {
  return without_results<evtchn_expand_array_t>(
      caller, arguments, [&](auto& request) { return events_of(caller).expand_array(Gfn{request.array_gfn}); });
}

HypercallOutcome set_priority(Vcpu& caller, const HypercallArguments& arguments) {
  return without_results<evtchn_set_priority_t>(caller, arguments, [&](auto& request) {
    return events_of(caller).set_priority(Port{request.port}, request.priority);
  });
}

// Another domain must be paused by its toolstack, so that it makes no channels meanwhile.
HypercallOutcome reset_from(Vcpu& caller, const HypercallArguments& arguments, EventTable::Reset how) {
  auto request = GuestHandle<evtchn_reset_t>{arguments[1]}.read(caller);
  if (request.failed()) return Failure{request.error()};
  auto target = target_of(caller, request->dom);
  if (target.failed()) return Failure{target.error()};
  Domain& domain = **target;
  if (&domain != &caller.domain() && domain.control_pauses() == 0) return Failure{XEN_EINVAL};
  for (;; how = EventTable::Reset::resume) {
    auto done = domain.events().reset_step(how);
    if (done.failed()) return Failure{done.error()};
    if (*done) return 0;
    if (!preemption_due()) continue;
    HypercallArguments rest = arguments;
    rest.value[0] = reset_continuation;
    return HypercallOutcome::again(rest);
  }
}

HypercallOutcome reset(Vcpu& caller, const HypercallArguments& arguments) {
  return reset_from(caller, arguments, EventTable::Reset::start);
}
HypercallOutcome resume_reset(Vcpu& caller, const HypercallArguments& arguments) {
  return reset_from(caller, arguments, EventTable::Reset::resume);
}

constexpr HypercallRow rows[] = {
    {EVTCHNOP_bind_interdomain, "bind_interdomain", Caller::any, bind_interdomain},
    {EVTCHNOP_bind_virq, "bind_virq", Caller::any, bind_virq},
    {EVTCHNOP_bind_pirq, "bind_pirq", Caller::any, bind_pirq},
    {EVTCHNOP_close, "close", Caller::any, close},
    {EVTCHNOP_send, "send", Caller::any, send},
    {EVTCHNOP_status, "status", Caller::any, status},
    {EVTCHNOP_alloc_unbound, "alloc_unbound", Caller::any, alloc_unbound},
    {EVTCHNOP_bind_ipi, "bind_ipi", Caller::any, bind_ipi},
    {EVTCHNOP_bind_vcpu, "bind_vcpu", Caller::any, bind_vcpu},
    {EVTCHNOP_unmask, "unmask", Caller::any, unmask},
    {EVTCHNOP_reset, "reset", Caller::any, reset},
    {EVTCHNOP_init_control, "init_control", Caller::any, init_control},
    {EVTCHNOP_expand_array, "expand_array", Caller::any, expand_array},
    {EVTCHNOP_set_priority, "set_priority", Caller::any, set_priority},
    {reset_continuation, "reset_cont", Caller::any, resume_reset},
};
}  // namespace

constinit const std::span<const HypercallRow> event_channel_rows{rows};

HypercallOutcome event_channel_op(Vcpu& caller, const HypercallArguments& arguments) {
  if (arguments[0] == EVTCHNOP_send) [[likely]] return send(caller, arguments);
  return dispatch(event_channel_rows, static_cast<u32>(arguments[0]), caller, arguments);
}

HypercallOutcome event_channel_op_compat(Vcpu& caller, const HypercallArguments& arguments) {
  auto number = GuestHandle<u32>{arguments[0]}.read(caller);
  if (number.failed()) return Failure{number.error()};
  if (*number > EVTCHNOP_unmask) return Failure{XEN_ENOSYS};
  HypercallArguments inner{{*number, arguments[0] + offsetof(evtchn_op_t, u)}};
  return event_channel_op(caller, inner);
}

}  // namespace xenolith
