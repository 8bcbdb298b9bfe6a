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
  if (parse_pvh(memory, MachineAddress{base}, result).failed()) return 0;
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
  put(0, 0x336ec578, 4), put(4, 1, 4), put(12, 1, 4), put(16, 0x1040, 8), put(24, 0x1060, 8), put(40, 0x1080, 8);
  put(48, 3, 4), put(0x40, 0x100000, 8), put(0x48, 0x1000, 8), put(0x50, 0x1062, 8), put(0x60, 0x312062756f626f66, 8);
  for (std::size_t i = 0; i < 3; ++i) put(0x80 + 24 * i, i << 20, 8), put(0x88 + 24 * i, 3 << 19, 8), put(0x90 + 24 * i, i + 1, 4);
  seeds.push_back(seed);
}
