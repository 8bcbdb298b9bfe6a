// SPDX-License-Identifier: MIT
#include <cstring>
#include <vector>

#include "core/boot/elf.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xenolith;
  std::vector<u8> file(data, data + size);
  auto image = ElfImage::parse(file);
  if (image.failed()) return 0;
  volatile u8 sink = 0;
  image->for_each_segment([&](const ElfSegment& segment) {
    if (segment.contents.size() > segment.memory_size) __builtin_trap();
    if (segment.physical < image->lowest_physical() ||
        segment.physical + segment.memory_size > image->highest_physical())
      __builtin_trap();
    for (u8 byte : segment.contents) sink = sink ^ byte;
  });
  for (u32 type = 0; type < 20; ++type) {
    if (auto text = image->note_text(type)) sink = sink ^ static_cast<u8>(text->size());
    if (auto number = image->note_number(type)) sink = sink ^ static_cast<u8>(*number);
  }
  return 0;
}

void xenolith_fuzz_seeds(std::vector<std::vector<std::uint8_t>>& seeds) {
  std::vector<std::uint8_t> seed(0x180);
  auto put = [&](std::size_t at, std::uint64_t value, std::size_t width) { std::memcpy(&seed[at], &value, width); };
  put(0, 0x00010102464c457f, 8), put(16, 2, 2), put(18, 62, 2), put(24, 0x100000, 8), put(32, 64, 8), put(54, 56, 2);
  put(40, 0x140, 8), put(58, 64, 2), put(60, 1, 2), put(0x144, 7, 4), put(0x158, 0x100, 8), put(0x160, 0x18, 8);
  put(56, 2, 2), put(64, 1, 4), put(72, 0xb0, 8), put(88, 0x100000, 8), put(96, 16, 8), put(104, 32, 8);
  put(120, 4, 4), put(128, 0x100, 8), put(152, 0x18, 8);
  put(0x100, 4, 4), put(0x104, 4, 4), put(0x108, 18, 4), put(0x10c, 0x6e6558, 4);
  seeds.push_back(seed);
  seed[0x78] = 0;
  seeds.push_back(seed);
}
