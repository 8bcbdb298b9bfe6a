// SPDX-License-Identifier: MIT
// Any bytes as the host's tree: described, made into dom0's, listed, without a fault or an endless walk.
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "core/device_tree/dom0_tree.hpp"

using namespace xenolith;

namespace {

class Counter final : public Dom0Resources {
 public:
  Result<void> memory(DeviceTreeNode, DeviceRange) override { return {}; }
  Result<void> interrupt(DeviceTreeNode, GicInterrupt) override { return {}; }
};

// A tree whose size is not what it was would not be opened: make the header say the size that it has.
void mend_size(std::vector<u64>& words, size_t size) {
  u32 raw = __builtin_bswap32(static_cast<u32>(size));
  std::memcpy(reinterpret_cast<u8*>(words.data()) + 4, &raw, sizeof(raw));
}

void use(std::span<const u8> bytes) {
  static DeviceTree::Entry entries[512];
  Result<DeviceTree> tree = DeviceTree::open(bytes, entries);
  if (tree.failed()) return;
  auto host = std::make_unique<HostDescription>();
  if (describe_host(*tree, *host).failed()) return;
  DeviceRange memory[] = {{MachineAddress{0x40000000}, 0x1000000}};
  Dom0TreeOptions options;
  options.memory = memory;
  Counter counter;
  (void)list_dom0_resources(*tree, *host, options, counter).failed();
  std::vector<u64> made((dom0_tree_bound(*tree, options) + 7) / 8);
  (void)make_dom0_tree(*tree, *host, options, {reinterpret_cast<u8*>(made.data()), made.size() * 8}).failed();
}

}  // namespace

extern "C" void xenolith_fuzz_seeds(std::vector<std::vector<std::uint8_t>>& seeds) {
  for (const char* name : {"virt", "board", "wrong"}) {
    std::ifstream file{std::string{XENOLITH_TEST_TREES} + "/" + name + ".dtb", std::ios::binary};
    seeds.emplace_back(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
  }
}

extern "C" int LLVMFuzzerTestOneInput(const u8* data, size_t size) {
  if (size < DeviceTree::header_size) return 0;
  std::vector<u64> words((size + 7) / 8);
  std::memcpy(words.data(), data, size);
  std::span<const u8> bytes{reinterpret_cast<const u8*>(words.data()), size};
  mend_size(words, size);
  use(bytes);
  return 0;
}
