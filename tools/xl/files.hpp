// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace xenolith::tools::xl {

// The whole file; throws Error with the path. Files beyond 16 MiB are an Error(EFBIG).
std::string read_file(const std::string& path);

}  // namespace xenolith::tools::xl
