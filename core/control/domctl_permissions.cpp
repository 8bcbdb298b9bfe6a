// SPDX-License-Identifier: MIT
// XEN_DOMCTL_ioport_permission, iomem_permission, irq_permission.
#include "core/control/domain_control.hpp"
#include "core/control/domctl.hpp"

namespace xenolith::domctl_operations {
namespace {

// Nobody gives what is not his: the hardware domain has the machine, others what they were given.
Result<void> change(DomctlCall& call, RangeSet Permissions::*kind, u64 first, u64 last, bool allow) {
  Domain& giver = call.caller.domain();
  bool owns = giver.is_hardware() ||
              giver.control().permissions().with([&](Permissions& p) { return (p.*kind).contains(first, last); });
  if (!owns) return Failure{XEN_EPERM};
  return call.domain->control().permissions().with(
      [&](Permissions& p) { return allow ? (p.*kind).add(first, last) : (p.*kind).remove(first, last); });
}

}  // namespace

HypercallOutcome set_port_permission(DomctlCall& call) {
  constexpr u64 ports = 0x1'0000;
  const auto& request = call.op.u.ioport_permission;
  u64 first = request.first_port, end = first + request.nr_ports;
  if (request.nr_ports == 0 || end > ports) return Failure{XEN_EINVAL};
  return change(call, &Permissions::ports, first, end - 1, request.allow_access);
}

HypercallOutcome set_memory_permission(DomctlCall& call) {
  constexpr u64 frame_numbers = u64{1} << 40;
  const auto& request = call.op.u.iomem_permission;
  if (request.nr_mfns == 0 || request.nr_mfns > frame_numbers || request.first_mfn >= frame_numbers)
    return Failure{XEN_EINVAL};
  return change(call, &Permissions::frames, request.first_mfn, request.first_mfn + request.nr_mfns - 1,
                request.allow_access);
}

HypercallOutcome set_interrupt_permission(DomctlCall& call) {
  constexpr u32 interrupts = 1u << 16;
  const auto& request = call.op.u.irq_permission;
  if (request.pirq >= interrupts) return Failure{XEN_EINVAL};
  return change(call, &Permissions::interrupts, request.pirq, request.pirq, request.allow_access);
}

}  // namespace xenolith::domctl_operations
