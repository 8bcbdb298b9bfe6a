// SPDX-License-Identifier: MIT
#include "core/device_tree/property.hpp"

namespace xenolith {

Result<u64> DeviceTreeProperty::number(u32 index, u32 cells) const {
  u64 value = 0;
  for (u32 i = 0; i < cells; ++i) {
    u32 next = TRY(cell(index + i));
    if (value >> 32 != 0) return Failure{XEN_ERANGE};
    value = value << 32 | next;
  }
  return value;
}

Result<u64> DeviceTreeProperty::whole_number() const {
  if (bytes_.size() != 4 && bytes_.size() != 8) return Failure{XEN_EINVAL};
  return number(0, cell_count());
}

bool DeviceTreeProperty::has_string(std::string_view text) const { return index_of_string(text).has_value(); }

std::optional<u32> DeviceTreeProperty::index_of_string(std::string_view text) const {
  std::span<const u8> rest = bytes_;
  for (u32 index = 0; !rest.empty(); ++index) {
    std::string_view next = text_of(rest);
    if (next == text) return index;
    rest = rest.subspan(std::min(next.size() + 1, rest.size()));
  }
  return std::nullopt;
}

}  // namespace xenolith
