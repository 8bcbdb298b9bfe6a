// SPDX-License-Identifier: MIT
#include "arch/x86/machine_end/sleep_type.hpp"

#include <algorithm>
#include <string_view>

namespace xenolith {
namespace {

constexpr u8 name_op = 0x08, package_op = 0x12, byte_prefix = 0x0a, zero_op = 0x00, one_op = 0x01, ones_op = 0xff;

// Reads bytes one by one; zeros after the end.
class Cursor {
 public:
  explicit Cursor(std::span<const u8> bytes) : bytes_{bytes} {}
  bool is_past_end() const { return past_end_; }
  u8 next() {
    if (bytes_.empty()) {
      past_end_ = true;
      return 0;
    }
    u8 byte = bytes_[0];
    bytes_ = bytes_.subspan(1);
    return byte;
  }

 private:
  std::span<const u8> bytes_;
  bool past_end_ = false;
};

// Integers below 256. Ones means the largest there is; only its low bits count here.
std::optional<u8> take_integer(Cursor& cursor) {
  switch (u8 op = cursor.next()) {
    case zero_op: return u8{0};
    case one_op: return u8{1};
    case byte_prefix: return cursor.next();
    case ones_op: return op;
  }
  return std::nullopt;
}

std::optional<SleepType> read_package(Cursor cursor) {
  if (cursor.next() != package_op) return std::nullopt;
  unsigned more_length_bytes = cursor.next() >> 6;
  while (more_length_bytes-- > 0) cursor.next();
  if (cursor.next() < 2) return std::nullopt;  // number of elements
  std::optional<u8> a = take_integer(cursor), b = take_integer(cursor);
  if (!a || !b || cursor.is_past_end()) return std::nullopt;
  return SleepType{static_cast<u8>(*a & 7), static_cast<u8>(*b & 7)};
}

}  // namespace

std::optional<SleepType> find_soft_off(std::span<const u8> aml) {
  constexpr std::string_view name = "_S5_";
  for (auto at = aml.begin();; ++at) {
    at = std::search(at, aml.end(), name.begin(), name.end());
    if (at == aml.end()) return std::nullopt;
    auto offset = static_cast<size_t>(at - aml.begin());
    bool is_rooted = offset > 0 && aml[offset - 1] == '\\';
    size_t before = is_rooted ? 2 : 1;
    if (offset < before || aml[offset - before] != name_op) continue;
    if (auto type = read_package(Cursor{aml.subspan(offset + name.size())})) return type;
  }
}

}  // namespace xenolith
