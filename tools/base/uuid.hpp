// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace xenolith::tools {

// A UUID, as the handle of a domain.
struct Uuid {
  std::array<uint8_t, 16> bytes{};

  // A random one (RFC 4122, section 4.4 "Algorithms for Creating a UUID from Truly Random or Pseudo-Random Numbers").
  static Uuid random();
  // Takes 32 hexadecimal digits, with or without hyphens; throws Error(EINVAL).
  static Uuid parse(std::string_view text);

  // 8-4-4-4-12, lower case.
  std::string text() const;
  bool is_zero() const { return *this == Uuid{}; }
  auto operator<=>(const Uuid&) const = default;
};

}  // namespace xenolith::tools
