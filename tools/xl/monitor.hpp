// SPDX-License-Identifier: MIT
// The process that stays with a domain and acts by its on_* policies: xl itself, started again with a command of its
// own.
#pragma once

#include "tools/config/domain_config.hpp"
#include "tools/xl/context.hpp"

namespace xenolith::tools::xl {

// Starts it in the background; it logs to /var/log/xen/xl-NAME.log. Throws Error.
void start_monitor(Context& context, DomainId domain, const std::string& name);

// Stays with the domain in this process. log: stderr, or that file.
void run_monitor(Context& context, DomainId domain, DomainConfig config);

}  // namespace xenolith::tools::xl
