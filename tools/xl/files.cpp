// SPDX-License-Identifier: MIT
#include "tools/xl/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "tools/base/error.hpp"
#include "tools/base/unique_fd.hpp"

namespace xenolith::tools::xl {

std::string read_file(const std::string& path) {
  constexpr size_t limit = 16 << 20;
  UniqueFd file(check(::open(path.c_str(), O_RDONLY | O_CLOEXEC), "{}", path));
  std::string content;
  char part[8192];
  while (ssize_t size = check(::read(file.get(), part, sizeof part), "{}", path)) {
    content.append(part, static_cast<size_t>(size));
    if (content.size() > limit) fail(EFBIG, "{}: larger than {} MiB", path, limit >> 20);
  }
  return content;
}

}  // namespace xenolith::tools::xl
