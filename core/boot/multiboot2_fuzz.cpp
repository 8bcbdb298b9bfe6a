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
  if (parse_multiboot2(memory, MachineAddress{base}, result).failed()) return 0;
  u64 last_end = 0;
  for (const MemoryRange& range : result.memory.ranges()) {
    if (range.start.raw() < last_end || range.length == 0) __builtin_trap();
    last_end = range.end().raw();
  }
  if (last_end > MemoryMap::address_limit || result.text(result.command_line).size() > size) __builtin_trap();
  return 0;
}

void xenolith_fuzz_seeds(std::vector<std::vector<std::uint8_t>>& seeds) {
  std::vector<std::uint8_t> seed(8);
  auto append = [&](std::uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) seed.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  append(1, 4), append(16, 4), append(0x0062003d61207078, 8);
  append(3, 4), append(24, 4), append(0x100000, 4), append(0x200000, 4), append(0x0061206263, 8);
  append(6, 4), append(40, 4), append(24, 4), append(0, 4), append(0, 8), append(0xa0000, 8), append(1, 8);
  append(17, 4), append(56, 4), append(40, 4), append(1, 4);
  for (int i = 0; i < 5; ++i) append(0, 8);
  append(15, 4), append(44, 4);
  for (int i = 0; i < 5; ++i) append(0, 8);
  append(0, 4), append(8, 4);
  seed[0] = static_cast<std::uint8_t>(seed.size());
  seeds.push_back(seed);
}
