// SPDX-License-Identifier: MIT
#include "core/control/sysctl.hpp"

#include <arch/control.hpp>

namespace xenolith {
namespace {
using namespace sysctl_operations;

HypercallOutcome not_supported(SysctlCall&) { return Failure{XEN_EOPNOTSUPP}; }
HypercallOutcome not_implemented(SysctlCall&) { return Failure{XEN_ENOSYS}; }

constexpr SysctlRow rows[] = {
    {XEN_SYSCTL_getdomaininfolist, "getdomaininfolist", list_domains, SysctlCaller::xenstore},
    {domain_list_continuation, "getdomaininfolist, continued", go_on_listing_domains, SysctlCaller::xenstore},
    {XEN_SYSCTL_physinfo, "physinfo", physical_information},
    {XEN_SYSCTL_getcpuinfo, "getcpuinfo", cpu_information},
    {XEN_SYSCTL_cputopoinfo, "cputopoinfo", cpu_topology},
    {XEN_SYSCTL_numainfo, "numainfo", numa_information},
    {XEN_SYSCTL_pcitopoinfo, "pcitopoinfo", device_topology},
    {XEN_SYSCTL_availheap, "availheap", available_heap},
    {XEN_SYSCTL_page_offline_op, "page_offline_op", page_offline},
    {XEN_SYSCTL_readconsole, "readconsole", read_console},
    {XEN_SYSCTL_debug_keys, "debug_keys", debug_keys},
    {XEN_SYSCTL_get_pmstat, "get_pmstat", power_statistics},
    {XEN_SYSCTL_pm_op, "pm_op", power_operation},
    {XEN_SYSCTL_sched_id, "sched_id", scheduler_id},
    {XEN_SYSCTL_scheduler_op, "scheduler_op", scheduler_operation},
    {XEN_SYSCTL_cpupool_op, "cpupool_op", cpupool_operation},
    {XEN_SYSCTL_cpu_hotplug, "cpu_hotplug", not_supported},
    {XEN_SYSCTL_coverage_op, "coverage_op", not_supported},
    {XEN_SYSCTL_psr_cmt_op, "psr_cmt_op", not_implemented},
    {XEN_SYSCTL_psr_alloc, "psr_alloc", not_supported},
    {XEN_SYSCTL_livepatch_op, "livepatch_op", not_implemented},
    {XEN_SYSCTL_tbuf_op, "tbuf_op", not_implemented},
    {XEN_SYSCTL_perfc_op, "perfc_op", not_implemented},
    {XEN_SYSCTL_lockprof_op, "lockprof_op", not_implemented},
};

bool may_call(const Domain& domain, const SysctlRow& row) {
  if (domain.is_control()) return true;
  return row.caller == SysctlCaller::xenstore && (domain.configuration().flags & XEN_DOMCTL_CDF_xs_domain) != 0;
}

}  // namespace

constinit const std::span<const SysctlRow> sysctl_rows{rows};

HypercallOutcome sysctl(Vcpu& caller, const HypercallArguments& arguments) {
  xen_sysctl op = TRY(GuestHandle<xen_sysctl>{arguments[0]}.read(caller));
  if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION) return Failure{XEN_EACCES};
  const SysctlRow* row = find_control_row(sysctl_rows, arch::sysctl_rows(), op.cmd);
  if (!row) return Failure{caller.domain().is_control() ? XEN_ENOSYS : XEN_EPERM};
  if (!may_call(caller.domain(), *row)) return Failure{XEN_EPERM};
  SysctlCall call{.caller = caller, .arguments = arguments, .op = op};
  return finish(call, row->handler(call));
}

}  // namespace xenolith
