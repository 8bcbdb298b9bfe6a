// SPDX-License-Identifier: MIT
// What guests and tools are told of the hypervisor's kind, and of the processors.
#include <arch/control.hpp>
#include <arch/nested_entry.hpp>

#include "arch/arm64/cpu/cpu_block.hpp"
#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/timer/time.hpp"
#include "core/base/bits.hpp"
#include "core/control/domctl.hpp"
#include "core/control/platform_op.hpp"
#include "core/control/sysctl.hpp"
#include "core/domain/domain.hpp"
#include "core/hypercall/hypercall.hpp"

namespace xenolith::arch {

// There are no hypercalls that only Arm has. Physical devices are described by device trees, not by calls; their power by PSCI.
std::span<const HypercallRow> hypercall_rows() { return {}; }
std::span<const HypercallRow> physdev_rows() { return {}; }
std::span<const HypercallRow> hvm_rows() { return {}; }
std::span<const SysctlRow> sysctl_rows() { return {}; }
std::span<const PlatformRow> platform_rows() { return {}; }

std::string_view guest_types() { return "xen-3.0-aarch64 "; }

u32 feature_map(const Domain& domain) {
  constexpr u64 all = bit(XENFEAT_writable_page_tables) | bit(XENFEAT_auto_translated_physmap) | bit(XENFEAT_ARM_SMCCC_supported);
  u64 own = domain.is_hardware() ? bit(XENFEAT_dom0) | bit(XENFEAT_direct_mapped) : bit(XENFEAT_not_direct_mapped);
  return static_cast<u32>(all | own);
}

// Affinity levels: 0 within a core's cluster, 1 and up make the socket. What Aff0 means differs between processors; one thread is assumed.
CpuPlace place_of(CpuId cpu) {
  const CpuBlock* block = cpu_block(cpu);
  u64 mpidr = block ? block->mpidr : 0;
  return {.core = static_cast<u32>(Bits<7, 0>::get(mpidr)), .socket = static_cast<u32>(Bits<23, 8>::get(mpidr)), .node = 0};
}

void describe_machine(xen_sysctl_physinfo& info) {
  info.threads_per_core = 1;
  info.cores_per_socket = cpus_online();
  info.cpu_khz = static_cast<u32>(system_counter().hz() / 1000);
  info.capabilities = XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_hap;
}

void describe_cpu(CpuId cpu, xenpf_pcpuinfo& info) {
  const CpuBlock* block = cpu_block(cpu);
  info.apic_id = info.acpi_id = block ? static_cast<u32>(block->mpidr) : ~u32{0};
}

void describe_cpu_version(CpuId, xenpf_pcpu_version& version) {
  u64 midr = read_register(midr_el1);
  version.family = static_cast<u32>(Bits<31, 24>::get(midr));
  version.model = static_cast<u32>(Bits<15, 4>::get(midr));
  version.stepping = static_cast<u32>(Bits<3, 0>::get(midr));
}

unsigned guest_address_bits(const Domain&) { return nested_address_bits(); }

Result<void> enter_sleep_state(const xenpf_enter_acpi_sleep&) { return Failure{XEN_EOPNOTSUPP}; }

}  // namespace xenolith::arch
