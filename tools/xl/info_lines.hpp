// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/xl/context.hpp"

namespace xenolith::tools::xl {

// Name and value of each line of `xl info`, in its order.
using InfoLines = std::vector<std::pair<std::string, std::string>>;
InfoLines info_lines(Context& context, bool numa);

// The tables of `xl info -n`: CPUs, devices, nodes. On stdout.
void print_numa(Context& context);

}  // namespace xenolith::tools::xl
