// SPDX-License-Identifier: MIT
#include <vector>

#include "core/boot/boot_information.hpp"
#include "core/base/test_memory.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xenolith;
  constexpr u64 base = 0x1000;
  static BootInformation result;
  result = BootInformation{};
  TestMemory memory{base, std::vector<u8>(data, data + size)};
  if (parse_multiboot1(memory, MachineAddress{base}, result).failed()) return 0;
  u64 last_end = 0;
  for (const MemoryRange& range : result.memory.ranges()) {
    if (range.start.raw() < last_end || range.length == 0) __builtin_trap();
    last_end = range.end().raw();
  }
  if (last_end > MemoryMap::address_limit || result.text(result.command_line).size() > size) __builtin_trap();
  return 0;
}

void xenolith_fuzz_seeds(std::vector<std::vector<std::uint8_t>>& seeds) {
  std::vector<std::uint8_t> seed(0x200);
  auto put = [&](std::size_t at, std::uint64_t value, std::size_t width) { std::memcpy(&seed[at], &value, width); };
  put(0, 0x124d, 4), put(4, 640, 4), put(8, 65536, 4), put(16, 0x1100, 4), put(20, 1, 4), put(24, 0x1120, 4);
  put(44, 48, 4), put(48, 0x1140, 4), put(64, 0x1108, 4), put(0x100, 0x00612062756f6263, 8), put(0x120, 0x100000, 4);
  put(0x124, 0x200000, 4), put(0x128, 0x1100, 4);
  for (std::size_t at : {0x140, 0x158}) put(at, 20, 4), put(at + 4, at << 12, 8), put(at + 12, 0x100000, 8), put(at + 20, 1, 4);
  seeds.push_back(seed);
}
