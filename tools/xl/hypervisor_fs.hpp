// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tools/xl/context.hpp"

namespace xenolith::tools::xl {

// Sets command-line parameters of the running hypervisor, through its file system (HYPERVISOR_hypfs_op): "loglvl=info
// nofoo". Throws Error that names the parameter.
void set_parameters(Context& context, const std::string& parameters);

}  // namespace xenolith::tools::xl
