// SPDX-License-Identifier: MIT
// Architecture contract: what hypercalls ask of the machine beyond the other contracts.
#pragma once

#include <span>
#include <string_view>

#include "core/base/interface.hpp"
#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {
class Domain;
class Vcpu;
struct HypercallRow;
struct DomctlRow;
struct SysctlRow;
struct PlatformRow;
}  // namespace xenolith

namespace xenolith::arch {

// ---- sub-operations that only this architecture has: looked up when the common tables have no row.
std::span<const HypercallRow> hypercall_rows();
std::span<const HypercallRow> physdev_rows();
std::span<const HypercallRow> hvm_rows();
std::span<const DomctlRow> domctl_rows();
std::span<const SysctlRow> sysctl_rows();
std::span<const PlatformRow> platform_rows();

// ---- what guests are told
// XENVER_capabilities: the kinds of guests that can run, separated and ended by blanks.
std::string_view guest_types();
// XENVER_platform_parameters: the first address of the range that PV guests leave to the hypervisor.
inline constexpr u64 interface_virt_start = 0xffff'8000'0000'0000;
// XENVER_get_features, submap 0: bits XENFEAT_*.
u32 feature_map(const Domain& domain);

// ---- vCPUs
// Would the vCPU take an interrupt or NMI now? On its own CPU.
bool has_deliverable_interrupt(Vcpu& vcpu);
// VCPUOP_up. Fails with EINVAL if the vCPU has no state to start from.
Result<void> bring_up_vcpu(Vcpu& vcpu);
// VCPUOP_initialise: `context` lies in the caller's memory. Fails with EEXIST (done before), EINVAL, EFAULT.
Result<void> initialise_vcpu(Vcpu& caller, Vcpu& target, GuestVirtual context);
Result<void> send_nmi(Vcpu& vcpu);
// VCPUOP_get_physid; EINVAL unless the vCPU is bound to one CPU.
Result<u64> physical_id(Vcpu& vcpu);
// VCPUOP_register_vcpu_time_memory_area. Fails with EFAULT.
Result<void> share_vcpu_time(Vcpu& caller, Vcpu& target, GuestVirtual place);

// ---- event delivery
// HVM_PARAM_CALLBACK_IRQ has this value from now on. Fails with EINVAL.
Result<void> set_event_callback(Domain& domain, u64 value);
// HVMOP_flush_tlbs: cached translations of all the domain's vCPUs are not used after this returns.
void flush_guest_tlbs(Domain& domain);

// ---- the machine
struct CpuPlace {
  u32 core, socket, node;
};
CpuPlace place_of(CpuId cpu);
// XEN_SYSCTL_physinfo: fills in threads, cores, cpu_khz, hw_cap and capabilities (XEN_SYSCTL_PHYSCAP_*).
void describe_machine(xen_sysctl_physinfo& info);
// XENPF_get_cpuinfo, for a CPU that is there: APIC and ACPI numbers.
void describe_cpu(CpuId cpu, xenpf_pcpuinfo& info);
// XENPF_get_cpu_version, likewise.
void describe_cpu_version(CpuId cpu, xenpf_pcpu_version& version);
// XENPF_enter_acpi_sleep. Does not return from S5. Fails with EINVAL, ENODEV (no sleep registers), EOPNOTSUPP.
Result<void> enter_sleep_state(const xenpf_enter_acpi_sleep& request);

// ---- domains
// Checks a configuration and fills in what it leaves to the hypervisor. Fails with EINVAL, ENODEV.
Result<void> complete_configuration(xen_domctl_createdomain& configuration);
// Bits of guest-physical addresses.
unsigned guest_address_bits(const Domain& domain);

}  // namespace xenolith::arch
