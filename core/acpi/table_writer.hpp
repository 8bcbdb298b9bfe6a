// SPDX-License-Identifier: MIT
// Puts ACPI tables one behind the other into a buffer.
#pragma once

#include <cstring>
#include <span>
#include <string_view>

#include "core/acpi/tables.hpp"

namespace xenolith {

// Writing past the end is counted, not done, so that one check at the end is enough.
class AcpiTableWriter {
 public:
  explicit AcpiTableWriter(std::span<u8> to) : to_{to} {}

  size_t used() const { return used_; }
  bool is_full() const { return used_ > to_.size(); }

  template <class T>
  void put(T value) { put_bytes({reinterpret_cast<const u8*>(&value), sizeof(value)}); }
  void put_text(std::string_view text) { put_bytes({reinterpret_cast<const u8*>(text.data()), text.size()}); }
  void put_bytes(std::span<const u8> bytes) {
    if (used_ <= to_.size() && bytes.size() <= to_.size() - used_) std::memcpy(to_.data() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }
  void align(size_t alignment) {
    while (used_ % alignment != 0) put(u8{0});
  }

  // A table's header; the length and checksum follow at end_table(). The maker's names are those of `like` where it is
  // given.
  size_t begin_table(std::string_view signature, u8 revision, std::span<const u8> like) {
    size_t start = used_;
    put_text(signature);
    put(u32{0});
    put(revision);
    put(u8{0});
    if (like.size() >= AcpiTable::header_size) put_bytes(like.subspan(10, 26));
    else put_text(std::string_view{"XENLTHXENOLITH\1\0\0\0XNLT\1\0\0\0", 26});
    return start;
  }
  void end_table(size_t start) {
    if (is_full()) return;
    u32 length = static_cast<u32>(used_ - start);
    std::memcpy(to_.data() + start + 4, &length, sizeof(length));
    set_checksum(start, 9, length);
  }
  // Makes the `length` bytes at `start` sum up to zero by the byte at `start` + `at`.
  void set_checksum(size_t start, size_t at, size_t length) {
    if (is_full()) return;
    to_[start + at] = 0;
    to_[start + at] = static_cast<u8>(0 - acpi_sum(to_.subspan(start, length)));
  }

 private:
  std::span<u8> to_;
  size_t used_ = 0;
};

}  // namespace xenolith
