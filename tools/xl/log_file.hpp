// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tools/base/unique_fd.hpp"

namespace xenolith::tools::xl {

// Opens FOLDER/NAME.log, new; those of before become NAME.log.1 to .10. Throws Error.
UniqueFd open_log(const std::string& folder, const std::string& name);

}  // namespace xenolith::tools::xl
