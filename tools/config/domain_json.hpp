// SPDX-License-Identifier: MIT
// A DomainConfig as libxl writes it: in `xl list -l` and in /var/lib/xen/userdata-d.DOMID.UUID.libxl-json. Members at their default
// are left out, as libxl does, so a missing on_reboot means "destroy" there.
#pragma once

#include <string>
#include <string_view>

#include "tools/config/domain_config.hpp"

namespace xenolith::tools {

// indent: blanks for each level.
std::string to_json(const DomainConfig& config, int indent = 4);

// Throws Error(EINVAL) that names the member, "b_info.max_vcpus: ...". What a DomainConfig has no place for is kept in other_json.
DomainConfig config_from_json(std::string_view text);

}  // namespace xenolith::tools
