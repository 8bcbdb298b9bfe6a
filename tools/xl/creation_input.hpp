// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tools/config/domain_config.hpp"
#include "tools/xl/arguments.hpp"
#include "tools/xl/context.hpp"

namespace xenolith::tools::xl {

struct CreationInput {
  DomainConfig config;
  std::string text;  // the file with the variables behind it
};

// Reads the configuration that the words from `first` on name: a file, and KEY=VALUE. Prints warnings. Fills in
// xl.conf's defaults and this machine's CPUs. Throws Error or UsageError.
CreationInput read_creation_input(Context& context, const Arguments& arguments, size_t first = 0);

}  // namespace xenolith::tools::xl
