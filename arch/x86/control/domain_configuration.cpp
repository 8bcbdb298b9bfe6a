// SPDX-License-Identifier: MIT
// Which domains can be made on x86.
#include <arch/control.hpp>

namespace xenolith::arch {

// PVH domains: hardware virtualisation with nested paging, local APICs and no other device.
Result<void> complete_configuration(xen_domctl_createdomain& configuration) {
  constexpr u32 most_vcpus = 128;  // xAPIC IDs, two for each vCPU
  constexpr u32 known_devices = XEN_X86_EMU_ALL, offered_devices = XEN_X86_EMU_LAPIC;
  if (!(configuration.flags & XEN_DOMCTL_CDF_hvm)) return Failure{XEN_EINVAL};
  if (!(configuration.flags & XEN_DOMCTL_CDF_hap)) return Failure{XEN_EINVAL};
  if (configuration.max_vcpus == 0 || configuration.max_vcpus > most_vcpus) return Failure{XEN_EINVAL};
  if (configuration.arch.emulation_flags & ~known_devices) return Failure{XEN_EINVAL};
  if (configuration.arch.emulation_flags & ~offered_devices) return Failure{XEN_EOPNOTSUPP};
  if (configuration.arch.misc_flags & ~u32{XEN_X86_MSR_RELAXED}) return Failure{XEN_EINVAL};
  return {};
}

}  // namespace xenolith::arch
