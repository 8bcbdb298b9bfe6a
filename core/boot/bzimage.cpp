// SPDX-License-Identifier: MIT
#include "core/boot/bzimage.hpp"

#include <cstring>

#include "core/base/log.hpp"
#include "core/base/bytes.hpp"

namespace xenolith {
namespace {

// Offsets in the image's first sector and setup header.
constexpr u64 setup_sectors_at = 0x1f1, boot_flag_at = 0x1fe, magic_at = 0x202, version_at = 0x206;
constexpr u64 payload_offset_at = 0x248, payload_length_at = 0x24c;
constexpr u16 boot_flag = 0xaa55;
constexpr u32 magic = 0x53726448;  // "HdrS"
constexpr u16 first_version_with_payload = 0x0208;
constexpr u64 sector_size = 512;
constexpr u32 elf_magic = 0x464c457f;

// Where the protected-mode part begins, which payload_offset counts from. Zero setup sectors means four.
u64 protected_mode_start(std::span<const u8> image) {
  u8 sectors = peek<u8>(image, setup_sectors_at);
  return (u64{sectors ? sectors : u8{4}} + 1) * sector_size;
}

}  // namespace

Result<BzImage> BzImage::parse(std::span<const u8> image) {
  if (image.size() < payload_length_at + 4) return Failure{XEN_ENOEXEC};
  if (peek<u16>(image, boot_flag_at) != boot_flag || peek<u32>(image, magic_at) != magic) return Failure{XEN_ENOEXEC};
  BzImage result{};
  result.protocol = peek<u16>(image, version_at);
  if (result.protocol < first_version_with_payload) return Failure{XEN_EOPNOTSUPP};
  u64 start = protected_mode_start(image) + peek<u32>(image, payload_offset_at);
  result.payload = TRY(slice(image, start, peek<u32>(image, payload_length_at)));
  if (result.payload.size() < 8) return Failure{XEN_EINVAL};
  result.format = compression_format(result.payload);
  if (result.format != CompressionFormat::none) {
    result.uncompressed_size = peek<u32>(result.payload, result.payload.size() - 4);
  } else {
    if (peek<u32>(result.payload, 0) != elf_magic) return Failure{XEN_EINVAL};
    result.uncompressed_size = result.payload.size();
  }
  return result;
}

Result<size_t> BzImage::extract(std::span<u8> out, std::span<u8> arena) const {
  if (out.size() < uncompressed_size) return Failure{XEN_ENOSPC};
  if (format == CompressionFormat::none) {
    std::memcpy(out.data(), payload.data(), payload.size());
    return payload.size();
  }
  Result<size_t> made = decompress(payload, out.first(uncompressed_size), arena);
  if (made.failed()) {
    log_error("kernel: cannot decompress its {} payload (error {})", name_of(format), made.error());
    return made;
  }
  if (*made != uncompressed_size) {
    log_error("kernel: decompressed to {} bytes instead of {}", *made, uncompressed_size);
    return Failure{XEN_EINVAL};
  }
  return made;
}

}  // namespace xenolith
