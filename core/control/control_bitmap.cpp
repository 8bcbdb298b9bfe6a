// SPDX-License-Identifier: MIT
#include "core/control/control_bitmap.hpp"

#include <algorithm>
#include <array>

namespace xenolith {
namespace {

constexpr u32 most_bytes = CpuSet::words * sizeof(u64);
using Bytes = std::array<u8, most_bytes>;

u32 bytes_of(const xenctl_bitmap& map) { return map.nr_bits / 8 + (map.nr_bits % 8 != 0); }

// Of the last byte, the bits that count.
u8 last_mask(const xenctl_bitmap& map) {
  return map.nr_bits % 8 ? static_cast<u8>((1u << map.nr_bits % 8) - 1) : u8{0xff};
}

}  // namespace

Result<CpuSet> read_bitmap(Vcpu& caller, const xenctl_bitmap& map) {
  Bytes bytes{};
  u32 size = bytes_of(map), used = std::min(size, most_bytes);
  TRY(GuestHandle<u8>{map.bitmap.p}.read_array(caller, std::span{bytes}.first(used)));
  if (size > 0 && size == used) bytes[size - 1] &= last_mask(map);
  CpuSet set;
  for (u32 word = 0; word < CpuSet::words; ++word) {
    u64 value = 0;
    for (u32 i = 0; i < sizeof(u64); ++i) value |= u64{bytes[word * sizeof(u64) + i]} << (8 * i);
    set.set_word(word, value);
  }
  return set;
}

Result<void> write_bitmap(Vcpu& caller, const xenctl_bitmap& map, const CpuSet& set) {
  GuestHandle<u8> to{map.bitmap.p};
  Bytes bytes{};
  for (u32 i = 0; i < most_bytes; ++i) bytes[i] = static_cast<u8>(set.word(i / sizeof(u64)) >> (i % sizeof(u64) * 8));
  u32 size = bytes_of(map), used = std::min(size, most_bytes);
  if (size > 0 && size == used) bytes[size - 1] &= last_mask(map);
  TRY(to.write_array(caller, std::span<const u8>{bytes}.first(used)));
  constexpr u32 most_padding = 4096;  // nobody has that many CPUs; what lies behind is left alone
  for (u32 i = used; i < std::min(size, most_padding); ++i) TRY(to.write(caller, u8{0}, i));
  return {};
}

}  // namespace xenolith
