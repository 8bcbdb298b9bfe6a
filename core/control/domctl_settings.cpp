// SPDX-License-Identifier: MIT
// Domctl operations that set or tell one value of a domain.
#include <algorithm>
#include <iterator>

#include "core/control/control_bitmap.hpp"
#include "core/control/domain_control.hpp"
#include "core/control/domctl.hpp"
#include "core/events/virq.hpp"
#include "core/time/wall_clock.hpp"

namespace xenolith::domctl_operations {

HypercallOutcome set_domain_handle(DomctlCall& call) {
  std::copy_n(call.op.u.setdomainhandle.handle, std::size(call.op.u.setdomainhandle.handle), call.domain->handle());
  return i64{0};
}

HypercallOutcome set_debugging(DomctlCall& call) {
  if (call.domain == &call.caller.domain()) return Failure{XEN_EINVAL};
  call.domain->is_being_debugged.store(call.op.u.setdebugging.enable != 0, std::memory_order_relaxed);
  return i64{0};
}

HypercallOutcome set_time_offset(DomctlCall& call) {
  call.domain->time_offset_seconds.store(call.op.u.settimeoffset.time_offset_seconds, std::memory_order_relaxed);
  update_wall_clock_of(*call.domain);
  return i64{0};
}

// A domain is device model of one other at most, and not of itself.
HypercallOutcome set_target(DomctlCall& call) {
  Domain* target = DomainTable::find(DomainId{call.op.u.set_target.target});
  if (!target) return Failure{XEN_ESRCH};
  if (target == call.domain || call.domain == &call.caller.domain()) return Failure{XEN_EINVAL};
  call.domain->set_target(target->id());
  return i64{0};
}

// The port is the domain's; whether it is one shows when it is used.
HypercallOutcome subscribe(DomctlCall& call) {
  call.domain->control().suspend_port.store(call.op.u.subscribe.port, std::memory_order_relaxed);
  return i64{0};
}

HypercallOutcome set_virq_handler(DomctlCall& call) {
  return set_global_virq_handler(*call.domain, call.op.u.set_virq_handler.virq);
}

// Nobody listens to memory accesses, so none can be required to.
HypercallOutcome set_access_required(DomctlCall& call) {
  if (call.domain == &call.caller.domain()) return Failure{XEN_EPERM};
  return call.op.u.access_required.access_required ? Failure{XEN_EOPNOTSUPP} : Result<void>{};
}

// The machine is one node.
HypercallOutcome get_node_affinity(DomctlCall& call) {
  return write_bitmap(call.caller, call.op.u.nodeaffinity.nodemap, CpuSet::first_n(1));
}

HypercallOutcome set_node_affinity(DomctlCall& call) {
  CpuSet nodes = TRY(read_bitmap(call.caller, call.op.u.nodeaffinity.nodemap));
  return nodes.contains(CpuId{0}) ? Result<void>{} : Failure{XEN_EINVAL};
}

}  // namespace xenolith::domctl_operations
