// SPDX-License-Identifier: MIT
// The hardware domain's device tree, made from the host's. See docs/device-tree.md.
#pragma once

#include <span>
#include <string_view>

#include "core/device_tree/host.hpp"

namespace xenolith {

// What the hardware domain is to be told in place of the host's. Its GIC is of the host's version and lies where the host's does, as
// far as there are processors for it; its timer has the host's interrupts.
struct Dom0TreeOptions {
  std::span<const DeviceRange> memory;    // its RAM
  u32 vcpus = 1;
  u64 (*vcpu_mpidr)(u32 vcpu) = nullptr;  // affinity fields of a vCPU, below 2^32; null: Aff0 with 16 to a cluster
  std::string_view bootargs;
  DeviceRange initrd;                     // size zero: none
  DeviceRange grant_table;                // where it may map its grant table
  std::span<const DeviceRange> extended_regions;  // free of everything, for mappings of other domains' pages
  IntId event_interrupt{31};              // a PPI, active low level
  bool offers_its = false;                // whether the ITS nodes stay
  bool offers_v2m = false;                // whether the GICv2m frames stay
};

// Writes the tree to `to` (8-byte aligned), returns its size in bytes. Errors, with the cause in the log: ENOSPC `to` is too small;
// EINVAL an address does not fit the cells of the root.
Result<size_t> make_dom0_tree(const DeviceTree& host, const HostDescription& description, const Dom0TreeOptions& options,
                              std::span<u8> to);
// A size that is enough for it, in bytes.
size_t dom0_tree_bound(const DeviceTree& host, const Dom0TreeOptions& options);

// Takes what the hardware domain gets of the host.
class Dom0Resources {
 public:
  // Registers of a device or a window of a bus, to be mapped one to one; whole pages are the taker's business. A failure ends the
  // listing.
  virtual Result<void> memory(DeviceTreeNode node, DeviceRange range) = 0;
  // A shared interrupt to route. The same may come more than once.
  virtual Result<void> interrupt(DeviceTreeNode node, GicInterrupt interrupt) = 0;

 protected:
  ~Dom0Resources() = default;
};

// Gives `taker` all registers and SPIs of the nodes that make_dom0_tree() passes on and that are not disabled. Ranges of RAM are not left
// out (/reserved-memory): the taker knows what is whose. What is malformed is said in the log and left out.
Result<void> list_dom0_resources(const DeviceTree& host, const HostDescription& description, const Dom0TreeOptions& options,
                                 Dom0Resources& taker);

}  // namespace xenolith
