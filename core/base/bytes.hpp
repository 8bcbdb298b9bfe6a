// SPDX-License-Identifier: MIT
// Checked reading from bytes that somebody else laid out: little-endian, unaligned, nothing past the end.
#pragma once

#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {

// The `length` bytes at `offset`. Fails with EINVAL when they do not lie inside `bytes`, whatever the sums.
inline Result<std::span<const u8>> slice(std::span<const u8> bytes, u64 offset, u64 length) {
  if (offset > bytes.size() || length > bytes.size() - offset) return Failure{XEN_EINVAL};
  return bytes.subspan(offset, length);
}

// A copy of the T at `offset`. Fails with EINVAL when it does not lie inside `bytes`.
template <class T>
  requires std::is_trivially_copyable_v<T>
Result<T> read_at(std::span<const u8> bytes, u64 offset) {
  std::span<const u8> source = TRY(slice(bytes, offset, sizeof(T)));
  T value;
  std::memcpy(&value, source.data(), sizeof(T));
  return value;
}

// The T at `offset`, which the caller has already checked to lie inside; zero otherwise.
template <class T>
T peek(std::span<const u8> bytes, u64 offset) {
  return read_at<T>(bytes, offset).value_or(T{});
}

// The characters up to the first zero byte, or all of them.
inline std::string_view text_of(std::span<const u8> bytes) {
  std::string_view all{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  return all.substr(0, all.find('\0'));
}

}  // namespace xenolith
