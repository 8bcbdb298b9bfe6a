// SPDX-License-Identifier: MIT
#include "core/boot/crc32.hpp"

#include <array>
#include <cstring>

#include "third_party/shim/decoders.h"

namespace xenolith {
namespace {

using Table = std::array<std::array<u32, 256>, 8>;

// tables[k][b]: the effect of byte b that is k bytes before the end of an 8-byte group ("slicing by 8").
constexpr Table make_tables() {
  Table tables{};
  for (u32 byte = 0; byte < 256; ++byte) {
    u32 value = byte;
    for (unsigned step = 0; step < 8; ++step) value = (value >> 1) ^ ((value & 1) ? 0xedb88320u : 0);
    tables[0][byte] = value;
  }
  for (size_t k = 1; k < 8; ++k)
    for (size_t byte = 0; byte < 256; ++byte)
      tables[k][byte] = (tables[k - 1][byte] >> 8) ^ tables[0][tables[k - 1][byte] & 0xff];
  return tables;
}

constexpr Table tables = make_tables();

u32 update_eight(u32 crc, const u8* data) {
  u64 word;
  std::memcpy(&word, data, sizeof(word));
  word ^= crc;
  u32 result = 0;
  for (unsigned k = 0; k < 8; ++k) result ^= tables[7 - k][(word >> (8 * k)) & 0xff];
  return result;
}

}  // namespace

u32 crc32(std::span<const u8> data, u32 previous) {
  return ~decoder_crc32_le(~previous, data.data(), data.size());
}

}  // namespace xenolith

extern "C" uint32_t decoder_crc32_le(uint32_t crc, const uint8_t* data, size_t size) {
  for (; size >= 8; data += 8, size -= 8) crc = xenolith::update_eight(crc, data);
  for (; size > 0; ++data, --size) crc = (crc >> 8) ^ xenolith::tables[0][(crc ^ *data) & 0xff];
  return crc;
}
