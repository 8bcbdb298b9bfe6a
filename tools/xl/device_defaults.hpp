// SPDX-License-Identifier: MIT
#pragma once

#include "tools/config/domain_config.hpp"
#include "tools/xl/global_config.hpp"

namespace xenolith::tools::xl {

// Fills in what xl.conf says about what a configuration leaves open.
void apply_vif_defaults(VifConfig& vif, const GlobalConfig& settings);
void apply_defaults(DomainConfig& config, const GlobalConfig& settings);

}  // namespace xenolith::tools::xl
