// SPDX-License-Identifier: MIT
// The directories of a domain in xenstore that belong to no device.
#pragma once

#include <string>

#include "tools/builder/pvh_builder.hpp"
#include "tools/config/domain_config.hpp"
#include "tools/xenstore/client.hpp"

namespace xenolith::tools {

// What a new domain has before it is built: /local/domain/N with its permissions, /vm/UUID, /libxl/N. Removes what an earlier
// domain of that number or UUID left. Call it in a transaction.
void write_base_nodes(StoreView& view, DomainId domain, const DomainConfig& config);

// What is known once it is built: memory, processors, the ring to xenstored.
//   now: seconds and hundredths since 1970
void write_built_nodes(StoreView& view, DomainId domain, const DomainConfig& config, const BuildResult& built, double now);

// cpu/N/availability: the first `online` are, up to `maximum`.
void write_processor_nodes(StoreView& view, DomainId domain, uint32_t online, uint32_t maximum);

// Removes all of them.
void remove_domain_nodes(StoreView& view, DomainId domain);

// Throws Error(EINVAL) unless the name can be a domain's: not empty, no number, no control characters, below 256 bytes.
void check_domain_name(const std::string& name);

}  // namespace xenolith::tools
