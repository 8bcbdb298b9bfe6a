// SPDX-License-Identifier: MIT
// The parts of parse_config(), one for each group of keys.
#pragma once

#include "tools/config/config_reader.hpp"
#include "tools/config/domain_config.hpp"

namespace xenolith::tools {

void read_identity(ConfigReader& reader, DomainConfig& config);
void read_boot(ConfigReader& reader, DomainConfig& config);
void read_events(ConfigReader& reader, DomainConfig& config);
void read_devices(ConfigReader& reader, DomainConfig& config);
void read_properties(ConfigReader& reader, DomainConfig& config);
void read_vcpus(ConfigReader& reader, DomainConfig& config);
void read_memory(ConfigReader& reader, DomainConfig& config);
void read_host_resources(ConfigReader& reader, DomainConfig& config);

}  // namespace xenolith::tools
