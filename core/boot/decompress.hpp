// SPDX-License-Identifier: MIT
// Decompression of kernels and initial RAM disks, whole input to whole output. Input is hostile: nothing is read or
// written outside the given spans. Formats are told apart by their first bytes.
#pragma once

#include <span>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {

enum class CompressionFormat : u8 { none, gzip, bzip2, lzma, xz, lzo, lz4, zstd };

// The format that the first bytes say; `none` for anything unknown (for instance plain ELF).
CompressionFormat compression_format(std::span<const u8> data);
// The format's usual name, for messages.
std::string_view name_of(CompressionFormat format);

// Scratch memory that decompress() needs: bytes, 16-byte aligned.
inline constexpr size_t decompress_arena_size = size_t{256} << 10;

// Decompresses the one stream at the start of `in` into `out`; returns the number of bytes made. What follows the
// stream is ignored, because a kernel's payload carries its size behind the data (Linux x86 boot protocol,
// "payload_length"). For LZMA with no size in its header, `out` must have exactly the size of the result.
// `arena` is scratch of at least decompress_arena_size. Formats: gzip, lzma, xz (with x86 BCJ; CRC-32 or no check), LZ4 (the
// legacy frame that kernels use), zstd.
// Errors: EINVAL malformed, truncated or wrong checksum; ENOSPC `out` too small; ENOMEM arena too small or misaligned;
// EOPNOTSUPP not a compressed format, or one not supported (bzip2, LZO, a rare feature); EBUSY another call is running.
Result<size_t> decompress(std::span<const u8> in, std::span<u8> out, std::span<u8> arena);

}  // namespace xenolith
