// SPDX-License-Identifier: MIT
// Permissions of xenstore nodes, as XS_GET_PERMS and XS_SET_PERMS write them.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "tools/control/types.hpp"

namespace xenolith::tools {

enum class Access : char { none = 'n', read = 'r', write = 'w', both = 'b' };

constexpr bool may_read(Access access) { return access == Access::read || access == Access::both; }
constexpr bool may_write(Access access) { return access == Access::write || access == Access::both; }

struct Permission {
  DomainId domain;
  Access access = Access::none;

  std::string text() const;  // "r7"
  // Throws Error(EINVAL) if it is not a letter of n, r, w, b and a domain id.
  static Permission parse(std::string_view text);
  auto operator<=>(const Permission&) const = default;
};

// The first entry names the owner, who may do everything, and what domains that are not listed may do.
using Permissions = std::vector<Permission>;

}  // namespace xenolith::tools
