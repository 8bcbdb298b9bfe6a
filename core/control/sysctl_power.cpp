// SPDX-License-Identifier: MIT
// XEN_SYSCTL_get_pmstat, pm_op: processor power management, of which there is none: CPUs halt when idle, and their
// frequency is left to the hardware.
#include "core/control/sysctl.hpp"
#include "core/run/dispatcher.hpp"

namespace xenolith::sysctl_operations {
namespace {

bool is_online(u32 cpu) { return Dispatcher::online().contains(CpuId{cpu}); }

}  // namespace

HypercallOutcome power_statistics(SysctlCall& call) {
  const auto& request = call.op.u.get_pmstat;
  if (!is_online(request.cpuid)) return Failure{XEN_EINVAL};
  switch (request.type & PMSTAT_CATEGORY_MASK) {
    case PMSTAT_CX:
    case PMSTAT_PX: return Failure{XEN_ENODEV};
    default: return Failure{XEN_ENOSYS};
  }
}

HypercallOutcome power_operation(SysctlCall& call) {
  auto& request = call.op.u.pm_op;
  switch (request.cmd) {
    case XEN_SYSCTL_pm_op_get_max_cstate:
      request.u.get_max_cstate = XEN_SYSCTL_CX_UNLIMITED;
      call.copy_back = true;
      return i64{0};
    case XEN_SYSCTL_pm_op_set_max_cstate:
    case XEN_SYSCTL_pm_op_set_sched_opt_smt: return Failure{XEN_EOPNOTSUPP};
    default: break;
  }
  if (!is_online(request.cpuid)) return Failure{XEN_EINVAL};
  return Failure{(request.cmd & PM_PARA_CATEGORY_MASK) == CPUFREQ_PARA ? XEN_ENODEV : XEN_ENOSYS};
}

}  // namespace xenolith::sysctl_operations
