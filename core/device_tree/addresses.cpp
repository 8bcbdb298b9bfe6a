// SPDX-License-Identifier: MIT
#include "core/device_tree/addresses.hpp"

namespace xenolith {

namespace {

constexpr u32 most_cells = 4;
// No Arm processor has more bits of physical address (Arm ARM, "Physical address size").
constexpr u64 address_limit = u64{1} << 52;

bool is_pci(DeviceTreeNode bus) { return bus.has_type("pci") || bus.address_cells() == 3; }

struct Cells {
  u32 address, size;
  u32 count() const { return address + size; }
};

Result<Cells> cells_of(DeviceTreeNode bus) {
  Cells cells{bus.address_cells(), bus.size_cells()};
  if (cells.address == 0 || cells.address > most_cells || cells.size > most_cells) return Failure{XEN_EINVAL};
  return cells;
}

// One step up: `address` of the children of `bus` as its parent sees it.
Result<u64> through_ranges(DeviceTreeNode bus, u64 address) {
  DeviceTreeProperty ranges = bus.property("ranges");
  if (!ranges.exists() || is_pci(bus)) return Failure{XEN_EOPNOTSUPP};
  if (ranges.bytes().empty()) return address;
  Cells cells = TRY(cells_of(bus));
  u32 above = TRY(cells_of(bus.parent())).address;
  u32 step = cells.count() + above;
  if (ranges.bytes().size() % (step * 4) != 0) return Failure{XEN_EINVAL};
  for (u32 at = 0; at < ranges.cell_count(); at += step) {
    Result<u64> child = ranges.number(at, cells.address);
    Result<u64> size = ranges.number(at + cells.address + above, cells.size);
    // What does not fit 64 bits is a window onto something else.
    if (child.failed() || size.failed() || address < *child || address - *child >= *size) continue;
    u64 base = TRY(ranges.number(at + cells.address, above));
    return base + (address - *child);
  }
  return Failure{XEN_EOPNOTSUPP};
}

Result<DeviceRange> machine_range(u64 address, u64 size) {
  if (address >= address_limit || size > address_limit - address) return Failure{XEN_EINVAL};
  return DeviceRange{MachineAddress{address}, size};
}

struct BusRange {
  u64 address, size;
};

// An entry of `reg` as it stands there.
Result<BusRange> bus_registers(DeviceTreeNode node, u32 index) {
  if (index >= TRY(register_count(node))) return Failure{XEN_ENOENT};
  Cells cells = TRY(cells_of(node.parent()));
  DeviceTreeProperty reg = node.property("reg");
  u64 address = TRY(reg.number(index * cells.count(), cells.address));
  return BusRange{address, TRY(reg.number(index * cells.count() + cells.address, cells.size))};
}

// What the nearest of `node` and the nodes above it states. QEMU's guest-loader, for one, takes cells to be inherited.
u32 stated_above(DeviceTreeNode node, std::string_view name, u32 otherwise) {
  for (; node; node = node.parent())
    if (Result<u32> stated = node.property(name).cell(0)) return *stated;
  return otherwise;
}

}  // namespace

Result<DeviceRange> translate(DeviceTreeNode bus, u64 address, u64 size) {
  for (; bus.parent(); bus = bus.parent()) address = TRY(through_ranges(bus, address));
  return machine_range(address, size);
}

Result<u32> register_count(DeviceTreeNode node) {
  DeviceTreeProperty reg = node.property("reg");
  if (!reg.exists() || !node.parent()) return u32{0};
  Cells cells = TRY(cells_of(node.parent()));
  if (reg.bytes().size() % (cells.count() * 4) != 0) return Failure{XEN_EINVAL};
  return reg.cell_count() / cells.count();
}

Result<DeviceRange> registers_of(DeviceTreeNode node, u32 index) {
  if (node.has("reg") && is_pci(node.parent())) return Failure{XEN_EOPNOTSUPP};
  BusRange range = TRY(bus_registers(node, index));
  return translate(node.parent(), range.address, range.size);
}

Result<DeviceRange> direct_registers_of(DeviceTreeNode node, u32 index) {
  Cells cells{stated_above(node.parent(), "#address-cells", 2), stated_above(node.parent(), "#size-cells", 1)};
  if (cells.address == 0 || cells.address > most_cells || cells.size > most_cells) return Failure{XEN_EINVAL};
  DeviceTreeProperty reg = node.property("reg");
  if (reg.bytes().size() % (cells.count() * 4) != 0) return Failure{XEN_EINVAL};
  if (index >= reg.cell_count() / cells.count()) return Failure{XEN_ENOENT};
  u64 address = TRY(reg.number(index * cells.count(), cells.address));
  return machine_range(address, TRY(reg.number(index * cells.count() + cells.address, cells.size)));
}

Result<DeviceRange> registers_named(DeviceTreeNode node, std::string_view name) {
  std::optional<u32> index = node.property("reg-names").index_of_string(name);
  if (!index) return Failure{XEN_ENOENT};
  return registers_of(node, *index);
}

}  // namespace xenolith
