// SPDX-License-Identifier: MIT
// XEN_DOMCTL_getvcpuaffinity, setvcpuaffinity, scheduler_op.
#include "core/control/affinity.hpp"
#include "core/control/control_bitmap.hpp"
#include "core/control/domctl.hpp"
#include "core/run/dispatcher.hpp"
#include "core/run/domain_run.hpp"

namespace xenolith::domctl_operations {
namespace {

constexpr u32 hard_or_soft = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;

Result<Vcpu*> affinity_subject(DomctlCall& call) {
  const auto& request = call.op.u.vcpuaffinity;
  if (request.flags & ~(hard_or_soft | XEN_VCPUAFFINITY_FORCE)) return Failure{XEN_EINVAL};
  if (!(request.flags & hard_or_soft)) return Failure{XEN_EINVAL};
  return vcpu_of(call, request.vcpu);
}

// Both maps are read before either is applied; a soft affinity that fails puts the hard one back.
Result<void> apply(DomctlCall& call, Vcpu& vcpu) {
  const auto& request = call.op.u.vcpuaffinity;
  bool hard_wanted = request.flags & XEN_VCPUAFFINITY_HARD, soft_wanted = request.flags & XEN_VCPUAFFINITY_SOFT;
  CpuSet hard = hard_wanted ? TRY(read_bitmap(call.caller, request.cpumap_hard)) : CpuSet{};
  CpuSet soft = soft_wanted ? TRY(read_bitmap(call.caller, request.cpumap_soft)) : CpuSet{};
  if (request.flags & XEN_VCPUAFFINITY_FORCE) static_cast<void>(affinity::end_override(vcpu).failed());
  CpuSet before = affinity::hard(vcpu);
  if (hard_wanted) TRY(affinity::set_hard(vcpu, hard));
  if (!soft_wanted) return {};
  Result<void> set = affinity::set_soft(vcpu, soft);
  if (set.failed() && hard_wanted) static_cast<void>(affinity::set_hard(vcpu, before).failed());
  return set;
}

struct Credit2 {
  static Result<void> set(DomctlCall& call) {
    const auto& wanted = call.op.u.scheduler_op.u.credit2;
    SchedGroup& group = call.domain->run().group();
    u16 weight = wanted.weight != 0 ? wanted.weight : group.weight();  // zero and all ones: leave as it is
    u16 cap = wanted.cap != u16{0xffff} ? wanted.cap : group.cap();
    return Dispatcher::set_weight_and_cap(group, weight, cap);
  }
  static void get(DomctlCall& call) {
    auto& result = call.op.u.scheduler_op.u.credit2;
    result.weight = call.domain->run().group().weight();
    result.cap = call.domain->run().group().cap();
    call.copy_back = true;
  }
};

}  // namespace

HypercallOutcome get_vcpu_affinity(DomctlCall& call) {
  Vcpu* vcpu = TRY(affinity_subject(call));
  const auto& request = call.op.u.vcpuaffinity;
  if (request.flags & XEN_VCPUAFFINITY_HARD) TRY(write_bitmap(call.caller, request.cpumap_hard, affinity::hard(*vcpu)));
  if (request.flags & XEN_VCPUAFFINITY_SOFT) TRY(write_bitmap(call.caller, request.cpumap_soft, affinity::soft(*vcpu)));
  return i64{0};
}

// Answers with the affinities that result from what was set, the hard affinity and the pool together.
HypercallOutcome set_vcpu_affinity(DomctlCall& call) {
  Vcpu* vcpu = TRY(affinity_subject(call));
  TRY(apply(call, *vcpu));
  const auto& request = call.op.u.vcpuaffinity;
  CpuSet hard = affinity::hard(*vcpu) & affinity::pool_cpus(*vcpu);
  if (request.flags & XEN_VCPUAFFINITY_HARD) TRY(write_bitmap(call.caller, request.cpumap_hard, hard));
  if (request.flags & XEN_VCPUAFFINITY_SOFT)
    TRY(write_bitmap(call.caller, request.cpumap_soft, affinity::soft(*vcpu) & hard));
  return i64{0};
}

// One scheduler, with parameters for a domain but not for single vCPUs.
HypercallOutcome scheduler_operation(DomctlCall& call) {
  const auto& request = call.op.u.scheduler_op;
  if (request.sched_id != XEN_SCHEDULER_CREDIT2) return Failure{XEN_EINVAL};
  switch (request.cmd) {
    case XEN_DOMCTL_SCHEDOP_putinfo: return Credit2::set(call);
    case XEN_DOMCTL_SCHEDOP_getinfo: Credit2::get(call); return i64{0};
    default: return Failure{XEN_EINVAL};
  }
}

}  // namespace xenolith::domctl_operations
