// SPDX-License-Identifier: MIT
// Any bytes as an xl.cfg: an error or a configuration that can be written as JSON and read back as the same.
#include <cstdlib>

#include "tools/base/error.hpp"
#include "tools/config/domain_json.hpp"

using namespace xenolith::tools;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  // Once with what every configuration needs in front, so that more of the input counts.
  for (std::string prefix : {"", "name='a';type='pvh';kernel='k'\n"}) {
    try {
      constexpr uint32_t nodes[] = {0, 1};
      DomainConfig config = parse_config(prefix.append(text), "fuzz").config;
      resolve_affinity(config, nodes);
      std::string json = to_json(config);
      if (to_json(config_from_json(json)) != json) std::abort();
    } catch (const Error&) {
    }
  }
  return 0;
}
