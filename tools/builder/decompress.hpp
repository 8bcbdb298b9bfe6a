// SPDX-License-Identifier: MIT
// Unpacking of kernels. All input is hostile: the result never exceeds the room that the caller gives.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace xenolith::tools {

enum class Packing { gzip, xz, lzma, zstd, lz4 };

std::string_view packing_name(Packing packing);
// By the first bytes; none when it is none of these.
std::optional<Packing> packing_of(std::span<const std::byte> packed);

// Unpacks into `room`; returns how many bytes it became. Bytes after the packed stream are ignored. Throws
// Error(ENOEXEC): damaged, cut short, or larger than `room`; Error(ENOMEM).
size_t unpack(Packing packing, std::span<const std::byte> packed, std::span<std::byte> room);

}  // namespace xenolith::tools
