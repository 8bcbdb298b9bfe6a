// SPDX-License-Identifier: MIT
// What of the guest "hypercalls" differs between architectures.
#pragma once

#include <span>

#include "core/base/types.hpp"

namespace xenolith::guest {

// Numbers of features that dom0 is told it has.
std::span<const u32> expected_features();
// Where the page tables that the framework makes end.
u64 end_of_map();
void architecture_checks();

}  // namespace xenolith::guest
