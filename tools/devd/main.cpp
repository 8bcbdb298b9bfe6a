// SPDX-License-Identifier: MIT
#include <cstdio>
#include <cstring>

#include "tools/base/error.hpp"
#include "tools/devd/devd.hpp"

namespace {

constexpr const char* usage =
    "Usage: xenolith-devd [-F] [-p PIDFILE]\n"
    "Serves the backends of this domain: hotplug scripts and qemu.\n"
    "  -F          stay in the foreground\n"
    "  -p PIDFILE  write the process id there\n";

// Whether the words make sense.
bool parse(int count, char** words, xenolith::tools::DevdOptions& options) {
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(words[i], "-F") == 0)
      options.foreground = true;
    else if (std::strcmp(words[i], "-p") == 0 && i + 1 < count)
      options.pid_file = words[++i];
    else
      return false;
  }
  return true;
}

}  // namespace

int main(int count, char** words) {
  xenolith::tools::DevdOptions options;
  if (!parse(count, words, options)) {
    std::fputs(usage, stderr);
    return 2;
  }
  try {
    return xenolith::tools::run_devd(options);
  } catch (const xenolith::tools::Error& error) {
    std::fprintf(stderr, "xenolith-devd: %s\n", error.what());
    return 1;
  }
}
