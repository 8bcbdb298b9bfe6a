// SPDX-License-Identifier: MIT
// The device tree of a domain that the hypervisor starts by itself, without tools: what tools/builder/arm_guest_tree.hpp is for theirs.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/device_tree/host.hpp"

namespace xenolith {

struct DomainTreeOptions {
  std::span<const DeviceRange> memory;       // guest-physical, as all ranges here
  u32 vcpus = 1;
  u64 (*vcpu_mpidr)(u32 vcpu) = nullptr;     // affinity fields of a vCPU, below 2^32
  std::string_view bootargs;
  DeviceRange initrd;                        // size zero: none
  GicVersion gic = GicVersion::v3;
  DeviceRange distributor, gic_cpus;         // CPU interface or redistributors
  IntId secure_timer{29}, physical_timer{30}, virtual_timer{27};
  u32 timer_hz = 0;                          // zero: the processor tells it
  bool has_hypervisor = false;               // whether the domain is told that there is one, and these two
  DeviceRange grant_table;
  IntId event_interrupt{31};
  DeviceRange uart;                          // an SBSA UART; size zero: none
  IntId uart_interrupt{32};
};

// Writes the tree to `to` (8-byte aligned), returns its size in bytes. ENOSPC, with the cause in the log: `to` is too small.
Result<size_t> make_domain_tree(const DomainTreeOptions& options, std::span<u8> to);
// A size that is enough for it, in bytes.
size_t domain_tree_bound(const DomainTreeOptions& options);

}  // namespace xenolith
