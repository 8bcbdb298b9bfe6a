// SPDX-License-Identifier: MIT
// XEN_SYSCTL_sched_id, scheduler_op, cpupool_op.
#include <algorithm>

#include "core/control/control_bitmap.hpp"
#include "core/control/sysctl.hpp"
#include "core/run/cpupools.hpp"

namespace xenolith::sysctl_operations {
namespace {

using PoolOperation = xen_sysctl_cpupool_op;

HypercallOutcome create_pool(SysctlCall& call, PoolOperation& request) {
  if (request.sched_id != XEN_SCHEDULER_CREDIT2) return Failure{XEN_EINVAL};
  request.cpupool_id = TRY(CpuPools::create(request.cpupool_id));
  call.copy_back = true;
  return i64{0};
}

// Tells of the pool, or of the next that there is.
HypercallOutcome tell_pool(SysctlCall& call, PoolOperation& request) {
  CpuPools::Information pool = TRY(CpuPools::at_or_after(request.cpupool_id));
  request.cpupool_id = pool.id;
  request.sched_id = XEN_SCHEDULER_CREDIT2;
  request.n_dom = pool.domains;
  TRY(write_bitmap(call.caller, request.cpumap, pool.cpus));
  call.copy_back = true;
  return i64{0};
}

HypercallOutcome move_domain(SysctlCall& call, const PoolOperation& request) {
  if (request.domid == DOMID_SELF || request.domid >= DOMID_FIRST_RESERVED) return Failure{XEN_EINVAL};
  Domain* domain = TRY(DomainTable::find(call.caller, static_cast<domid_t>(request.domid)));
  return CpuPools::move(*domain, request.cpupool_id);
}

}  // namespace

HypercallOutcome cpupool_operation(SysctlCall& call) {
  PoolOperation& request = call.op.u.cpupool_op;
  switch (request.op) {
    case XEN_SYSCTL_CPUPOOL_OP_CREATE: return create_pool(call, request);
    case XEN_SYSCTL_CPUPOOL_OP_DESTROY: return CpuPools::destroy(request.cpupool_id);
    case XEN_SYSCTL_CPUPOOL_OP_INFO: return tell_pool(call, request);
    case XEN_SYSCTL_CPUPOOL_OP_ADDCPU: return CpuPools::add_cpu(request.cpupool_id, request.cpu);
    case XEN_SYSCTL_CPUPOOL_OP_RMCPU: return CpuPools::remove_cpu(request.cpupool_id, request.cpu);
    case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN: return move_domain(call, request);
    case XEN_SYSCTL_CPUPOOL_OP_FREEINFO: return write_bitmap(call.caller, request.cpumap, CpuPools::free_cpus());
    default: return Failure{XEN_ENOSYS};
  }
}

HypercallOutcome scheduler_id(SysctlCall& call) {
  call.op.u.sched_id.sched_id = XEN_SCHEDULER_CREDIT2;
  call.copy_back = true;
  return i64{0};
}

HypercallOutcome scheduler_operation(SysctlCall& call) {
  auto& request = call.op.u.scheduler_op;
  if (request.sched_id != XEN_SCHEDULER_CREDIT2) return Failure{XEN_EINVAL};
  auto& parameters = request.u.sched_credit2;
  switch (request.cmd) {
    case XEN_SYSCTL_SCHEDOP_putinfo:
      return CpuPools::set_ratelimit(request.cpupool_id, microseconds(parameters.ratelimit_us));
    case XEN_SYSCTL_SCHEDOP_getinfo:
      parameters.ratelimit_us =
          static_cast<u32>(TRY(CpuPools::information(request.cpupool_id)).ratelimit / microseconds(1));
      call.copy_back = true;
      return i64{0};
    default: return Failure{XEN_EINVAL};
  }
}

}  // namespace xenolith::sysctl_operations
