// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>

#include "tools/config/cpu_list.hpp"
#include "tools/control/scheduling.hpp"

namespace xenolith::tools::xl {

// xlcpupool.cfg(5)
struct PoolConfig {
  std::string name;
  std::optional<Scheduler> scheduler;
  std::optional<CpuList> nodes, cpus;  // at most one of them
};

// file: for messages, and for the name if the text has none; may be empty. variables: "key=value". Throws
// Error(EINVAL).
PoolConfig parse_pool_config(std::string_view text, const std::string& file, std::span<const std::string> variables);

}  // namespace xenolith::tools::xl
