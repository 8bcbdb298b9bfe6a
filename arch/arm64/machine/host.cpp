// SPDX-License-Identifier: MIT
#include "arch/arm64/machine/host.hpp"

#include <memory>

namespace xenolith::machine {
namespace {

constinit DeviceTree::Storage storage{};
constinit DeviceTree opened{};
constinit HostDescription described{};
constinit MachineAddress where{};
constinit MemoryMap map{};

}  // namespace

MachineAddress tree_address() { return where; }
const DeviceTree& tree() { return opened; }
HostDescription& description() { return described; }
const MemoryMap& memory_map() { return map; }

Result<void> read_tree(MachineAddress address, std::span<const u8> bytes) {
  where = address;
  opened = TRY(DeviceTree::open(bytes, storage));
  std::construct_at(&described);  // in place: too large for the boot stack
  return describe_host(opened, described);
}

Result<void> make_memory_map() {
  map.clear();
  for (const DeviceRange& range : described.memory) TRY(map.add(range.start.raw(), range.size, static_cast<u32>(MemoryType::ram)));
  for (const DeviceRange& range : described.reserved)
    TRY(map.add(range.start.raw(), range.size, static_cast<u32>(MemoryType::reserved)));
  return {};
}

}  // namespace xenolith::machine
