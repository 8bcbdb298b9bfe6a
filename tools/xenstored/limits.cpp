// SPDX-License-Identifier: MIT
#include "tools/xenstored/limits.hpp"

namespace xenolith::tools::xenstored {

size_t* find_limit(Limits& limits, std::string_view name) {
  const std::pair<std::string_view, size_t*> names[] = {
      {"nodes", &limits.nodes},
      {"size", &limits.entry_size},
      {"watches", &limits.watches},
      {"transactions", &limits.transactions},
      {"transaction-nodes", &limits.transaction_nodes},
      {"permissions", &limits.permissions},
      {"path-max", &limits.path},
      {"outstanding", &limits.outstanding},
      {"memory", &limits.memory},
  };
  for (const auto& [known, limit] : names)
    if (known == name) return limit;
  return nullptr;
}

}  // namespace xenolith::tools::xenstored
