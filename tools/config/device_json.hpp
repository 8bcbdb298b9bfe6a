// SPDX-License-Identifier: MIT
// Devices as libxl writes them in JSON.
#pragma once

#include "tools/config/device_config.hpp"
#include "tools/config/json_fields.hpp"

namespace xenolith::tools {

JsonFields::Json disk_to_json(const DiskConfig& disk);
JsonFields::Json vif_to_json(const VifConfig& vif);
JsonFields::Json channel_to_json(const ChannelConfig& channel);

// All throw Error(EINVAL) that names the member.
DiskConfig disk_from_json(JsonFields& fields);
VifConfig vif_from_json(JsonFields& fields);
ChannelConfig channel_from_json(JsonFields& fields);

}  // namespace xenolith::tools
