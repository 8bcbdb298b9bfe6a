// SPDX-License-Identifier: MIT
// The hardware domain's device tree, made from the host's. See docs/device-tree.md.
#pragma once

#include <span>
#include <string_view>

#include "core/device_tree/host.hpp"

namespace xenolith {

// What the hardware domain is to be told in place of the host's.
struct Dom0TreeOptions {
  std::span<const DeviceRange> memory;    // its RAM
  u32 vcpus = 1;
  u64 (*vcpu_mpidr)(u32 vcpu) = nullptr;  // affinity fields of a vCPU; null: of Aff0 with 16 to a cluster
  std::string_view bootargs;
  DeviceRange initrd;                     // size zero: none
  DeviceRange grant_table;                // where it may map its grant table
  IntId event_interrupt;                  // a PPI, active low level
  // Its virtual GIC, usually at the addresses of the host's. Version none: the host's nodes are passed on.
  GicVersion gic = GicVersion::none;
  DeviceRange gic_distributor, gic_cpu_interface;  // cpu interface: v2
  std::span<const DeviceRange> gic_redistributors; // v3
  u64 gic_redistributor_stride = 0;
  bool offers_its = false, offers_v2m = false;     // whether the ITS nodes, the v2m frames stay
  GicInterrupt physical_timer_secure, physical_timer, virtual_timer;  // its PPIs; ids zero: those of the host
};

// Writes the tree to `to`, returns its size in bytes. Errors, with the cause in the log: ENOSPC `to` is too small; EINVAL.
Result<size_t> make_dom0_tree(const DeviceTree& host, const HostDescription& description, const Dom0TreeOptions& options,
                              std::span<u8> to);
// A size that is enough for it, in bytes.
size_t dom0_tree_bound(const DeviceTree& host, const Dom0TreeOptions& options);

// Takes what the hardware domain gets of the host.
class Dom0Resources {
 public:
  // Registers of a device, to be mapped one to one; whole pages are the taker's business. A failure ends the listing.
  virtual Result<void> memory(DeviceTreeNode node, DeviceRange range) = 0;
  // A shared interrupt to route. The same may come more than once.
  virtual Result<void> interrupt(DeviceTreeNode node, GicInterrupt interrupt) = 0;

 protected:
  ~Dom0Resources() = default;
};

// Gives `taker` all registers and SPIs of the nodes that make_dom0_tree() passes on. Ranges of RAM are not left out: the taker knows
// what is whose. Ranges and interrupts that are malformed are said in the log and left out.
Result<void> list_dom0_resources(const DeviceTree& host, const HostDescription& description, const Dom0TreeOptions& options,
                                 Dom0Resources& taker);

}  // namespace xenolith
