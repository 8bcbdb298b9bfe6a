// SPDX-License-Identifier: MIT
#pragma once

#include <compare>

#include "tools/control/types.hpp"

namespace xenolith::tools::console {

// The consoles of a domain that are rings.
enum class ConsoleKind : uint8_t { primary, serial_line };

struct ConsoleId {
  DomainId domain;
  ConsoleKind kind = ConsoleKind::primary;

  auto operator<=>(const ConsoleId&) const = default;
};

}  // namespace xenolith::tools::console
