// SPDX-License-Identifier: MIT
// The value of a device tree's property, read as what it is expected to be. Big-endian cells of 32 bits, or strings.
// Source: Devicetree Specification 0.4, section 2.2.4 "Properties".
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {

class DeviceTreeProperty {
 public:
  DeviceTreeProperty() = default;
  explicit DeviceTreeProperty(std::span<const u8> bytes) : bytes_{bytes}, exists_{true} {}

  bool exists() const { return exists_; }
  std::span<const u8> bytes() const { return bytes_; }
  u32 cell_count() const { return static_cast<u32>(bytes_.size() / 4); }

  // The cell at `index`. EINVAL: not that long, or no such property.
  Result<u32> cell(u32 index) const {
    u32 raw = TRY(read_at<u32>(bytes_, u64{index} * 4));
    return __builtin_bswap32(raw);
  }
  // A number of `cells` cells that starts at cell `index`; of no cells: 0. EINVAL: not that long; ERANGE: does not fit 64 bits.
  Result<u64> number(u32 index, u32 cells) const;
  // A number of one or two cells that is the whole property.
  Result<u64> whole_number() const;
  // The first string, or all bytes if there is no zero among them; empty if there is no such property.
  std::string_view text() const { return text_of(bytes_); }
  // Whether one of the strings is `text`.
  bool has_string(std::string_view text) const;
  // Which of the strings is `text`.
  std::optional<u32> index_of_string(std::string_view text) const;

 private:
  std::span<const u8> bytes_;
  bool exists_ = false;
};

}  // namespace xenolith
