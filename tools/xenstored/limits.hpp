// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <string_view>

#include "tools/control/types.hpp"

namespace xenolith::tools::xenstored {

// What a domain other than dom0 may use; Xen's defaults.
struct Limits {
  size_t nodes = 1000;              // that it owns
  size_t entry_size = 2048;         // bytes of a node's value, and of its children's names
  size_t watches = 128;
  size_t transactions = 10;         // open at the same time
  size_t transaction_nodes = 1024;  // seen or changed in one transaction
  size_t permissions = 5;           // of a node
  size_t path = 3072;               // bytes
  size_t outstanding = 20;          // requests whose answer or events have not been taken
  size_t memory = 2621440;          // bytes of answers, events, watches and transactions
};

// The limit that `xenstore-control quota` or --quota names, or nullptr.
size_t* find_limit(Limits& limits, std::string_view name);

// Nodes by owner.
using NodeCounts = std::map<DomainId, long>;

}  // namespace xenolith::tools::xenstored
