// SPDX-License-Identifier: MIT
#include "tools/base/error.hpp"

#include <system_error>

namespace xenolith::tools {

void throw_errno(int code, const std::string& what) {
  throw Error(code, what + ": " + std::generic_category().message(code));
}

}  // namespace xenolith::tools
