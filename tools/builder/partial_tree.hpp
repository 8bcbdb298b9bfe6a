// SPDX-License-Identifier: MIT
// A partial device tree, which the domain's configuration names (xl.cfg: device_tree): what is below its /passthrough and /aliases becomes part of
// the guest's.
#pragma once

#include <cstddef>
#include <span>

namespace xenolith::tools {

class TreeWriter;

// Within the writer's root node. Throws Error(EINVAL) when it is no device tree or has no /passthrough, Error(ENOSPC) when it is too large.
void copy_partial_tree(std::span<const std::byte> blob, TreeWriter& to);

}  // namespace xenolith::tools
