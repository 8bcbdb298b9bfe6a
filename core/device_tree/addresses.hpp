// SPDX-License-Identifier: MIT
// Addresses of device tree nodes, translated to the machine's. Source: Devicetree Specification 0.4, sections 2.3.6 "reg" and
// 2.3.8 "ranges".
#pragma once

#include "core/base/units.hpp"
#include "core/device_tree/tree.hpp"

namespace xenolith {

struct DeviceRange {
  MachineAddress start;
  u64 size = 0;  // bytes

  MachineAddress end() const { return start + size; }
  bool operator==(const DeviceRange&) const = default;
};

// The range at `index` of `reg`. Errors: ENOENT not that many, or no `reg`; EOPNOTSUPP the bus is not mapped into the machine's
// addresses (I2C, SPI...; no `ranges`), or is PCI; EINVAL malformed: cells out of bounds, a range that wraps around.
Result<DeviceRange> registers_of(DeviceTreeNode node, u32 index);
// By name, from `reg-names`.
Result<DeviceRange> registers_named(DeviceTreeNode node, std::string_view name);
// The same for nodes whose `reg` holds machine addresses whatever is above them (modules in /chosen). Errors: ENOENT, EINVAL.
Result<DeviceRange> direct_registers_of(DeviceTreeNode node, u32 index);
// How many `reg` has. EINVAL as above.
Result<u32> register_count(DeviceTreeNode node);
// An address on the bus that `bus` is, for its children, to the machine's. Errors as registers_of().
Result<DeviceRange> translate(DeviceTreeNode bus, u64 address, u64 size);

}  // namespace xenolith
