// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "tools/config/domain_config.hpp"
#include "tools/toolstack/toolstack.hpp"

namespace xenolith::tools {

// What the configuration wants done after a shutdown for this reason; destroy for reasons unknown.
ShutdownAction action_for(const DomainConfig& config, ShutdownReason reason);

// Stays with a domain until it is gone for good, and acts by the policies of its configuration: what xl create leaves running
// in the background. Restarts take the configuration of the first start, with changes that were stored since ("xl
// config-update").
//   log: a line for each thing that happens, as xl writes them to /var/log/xen/xl-NAME.log.
// Returns when the domain is gone, or preserved. Throws Error if a restart fails; nothing is left of the domain then.
Task<> monitor_domain(Toolstack& toolstack, DomainId domain, DomainConfig config, CreateOptions restart_options,
                      std::function<void(const std::string& line)> log);

// The name for a domain that is preserved beside its restart: "NAME-20260102T1504Z" (UTC).
std::string preserved_name(const std::string& name, int64_t seconds_since_1970);

}  // namespace xenolith::tools
