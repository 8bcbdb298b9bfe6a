// SPDX-License-Identifier: MIT
// HYPERVISOR_sysctl: what toolstacks ask of the whole system. Source: <xen/sysctl.h>.
#pragma once

#include "core/control/control_call.hpp"

namespace xenolith {

// [0] guest address of struct xen_sysctl. Fails with EACCES (another interface version), EPERM, ENOSYS (no such
// operation), EFAULT.
HypercallOutcome sysctl(Vcpu& caller, const HypercallArguments& arguments);

using SysctlCall = ControlCall<xen_sysctl>;

// Who may: a control domain always.
enum class SysctlCaller : u8 { control, xenstore };

struct SysctlRow {
  u32 number;
  const char* name;
  HypercallOutcome (*handler)(SysctlCall& call);
  SysctlCaller caller = SysctlCaller::control;
};

extern const std::span<const SysctlRow> sysctl_rows;

namespace sysctl_operations {

// getdomaininfolist on its way: the structure in the guest's memory says how far it got.
inline constexpr u32 domain_list_continuation = 0x8000'0000u + XEN_SYSCTL_getdomaininfolist;

// sysctl_domains.cpp
HypercallOutcome list_domains(SysctlCall& call);
HypercallOutcome go_on_listing_domains(SysctlCall& call);

// sysctl_machine.cpp
HypercallOutcome physical_information(SysctlCall& call);
HypercallOutcome cpu_information(SysctlCall& call);
HypercallOutcome cpu_topology(SysctlCall& call);
HypercallOutcome numa_information(SysctlCall& call);
HypercallOutcome available_heap(SysctlCall& call);
HypercallOutcome page_offline(SysctlCall& call);
HypercallOutcome device_topology(SysctlCall& call);

// sysctl_console.cpp
HypercallOutcome read_console(SysctlCall& call);
HypercallOutcome debug_keys(SysctlCall& call);

// sysctl_power.cpp
HypercallOutcome power_statistics(SysctlCall& call);
HypercallOutcome power_operation(SysctlCall& call);

// sysctl_scheduling.cpp
HypercallOutcome scheduler_id(SysctlCall& call);
HypercallOutcome scheduler_operation(SysctlCall& call);
HypercallOutcome cpupool_operation(SysctlCall& call);

}  // namespace sysctl_operations
}  // namespace xenolith
