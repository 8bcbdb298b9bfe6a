// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "tools/xenstored/tree.hpp"

namespace xenolith::tools::xenstored {

// Who asks: decides what it may do, and whether limits hold for it.
struct Caller {
  // A domain; dom0 is privileged.
  static Caller of(DomainId domain) { return {domain, std::nullopt, domain == DomainId(0), false}; }

  DomainId domain;
  std::optional<DomainId> target;  // a domain it acts for (XS_SET_TARGET)
  bool privileged = false;         // dom0: no permission is missing, no limit holds
  bool read_only = false;

  bool owns(const Permissions& permissions) const;
  Access access(const Permissions& permissions) const;
  bool can_read(const Permissions& permissions) const { return may_read(access(permissions)); }
  bool can_write(const Permissions& permissions) const { return may_write(access(permissions)); }
};

}  // namespace xenolith::tools::xenstored
