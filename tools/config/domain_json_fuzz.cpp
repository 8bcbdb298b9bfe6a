// SPDX-License-Identifier: MIT
// Any bytes as the JSON of a domain: an error, or a configuration whose JSON is stable.
#include <cstdlib>

#include "tools/base/error.hpp"
#include "tools/config/domain_json.hpp"

using namespace xenolith::tools;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    std::string once = to_json(config_from_json({reinterpret_cast<const char*>(data), size}));
    if (to_json(config_from_json(once)) != once) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
