// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "tools/xl/context.hpp"

namespace xenolith::tools::xl {

// The output of `xl list -l`: a list of { "domid": N, "config": {...} }. Each configuration is the one the domain was
// made with, with its name, memory and vCPUs of now.
std::string domains_as_json(Context& context, const std::vector<DomainInfo>& domains);

}  // namespace xenolith::tools::xl
