// SPDX-License-Identifier: MIT
#include "tools/xl/log_file.hpp"

#include <fcntl.h>

#include <cstdio>

#include "tools/base/error.hpp"

namespace xenolith::tools::xl {
namespace {

constexpr int kept = 10;

void move(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) < 0 && errno != ENOENT) fail_errno("renaming {}", from);
}

}  // namespace

UniqueFd open_log(const std::string& folder, const std::string& name) {
  std::string path = fmt::format("{}/{}.log", folder, name);
  for (int age = kept - 1; age > 0; --age) move(fmt::format("{}.{}", path, age), fmt::format("{}.{}", path, age + 1));
  move(path, path + ".1");
  return UniqueFd(check(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), "opening {}", path));
}

}  // namespace xenolith::tools::xl
