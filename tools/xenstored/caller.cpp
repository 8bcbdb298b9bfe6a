// SPDX-License-Identifier: MIT
#include "tools/xenstored/caller.hpp"

namespace xenolith::tools::xenstored {

bool Caller::owns(const Permissions& permissions) const {
  DomainId owner = permissions.front().domain;
  return privileged || owner == domain || owner == target;
}

Access Caller::access(const Permissions& permissions) const {
  if (owns(permissions)) return Access::both;
  for (size_t i = 1; i < permissions.size(); ++i)
    if (permissions[i].domain == domain || permissions[i].domain == target) return permissions[i].access;
  return permissions.front().access;
}

}  // namespace xenolith::tools::xenstored
