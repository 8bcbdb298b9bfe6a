// SPDX-License-Identifier: MIT
// Linux's bzImage: finds the compressed kernel inside.
// Source: Linux kernel documentation, "The Linux/x86 Boot Protocol", "The Real-Mode Kernel Header".
#pragma once

#include <span>

#include "core/base/result.hpp"
#include "core/boot/decompress.hpp"

namespace xenolith {

struct BzImage {
  u16 protocol;                  // boot protocol version, 0x020f is 2.15
  std::span<const u8> payload;   // compressed kernel, with the 4 bytes of its size at the end; or a plain ELF file
  CompressionFormat format;      // of the payload; none: a plain ELF file
  size_t uncompressed_size;      // bytes, as the payload says: hostile, bound it before allocating

  // Reads the headers. Errors: ENOEXEC not a bzImage; EINVAL offsets outside the image; EOPNOTSUPP boot protocol older than
  // 2.08, which has no payload fields.
  static Result<BzImage> parse(std::span<const u8> image);
  // Makes the kernel's ELF file in `out`, of at least uncompressed_size bytes; returns its size. Errors: of
  // decompress(), ENOSPC, and EINVAL when the result has another size than was announced.
  Result<size_t> extract(std::span<u8> out, std::span<u8> arena) const;
};

}  // namespace xenolith
