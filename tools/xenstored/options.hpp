// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "tools/xenstored/limits.hpp"

namespace xenolith::tools::xenstored {

// The command line of xenstored; names are those of Xen's.
struct Options {
  bool introduce_self = true;
  bool fork = true;
  bool output_pid = false;
  bool verbose = false;
  bool keep_orphans = false;
  bool help = false;
  std::string pid_file;
  std::string trace_file;
  Limits limits;
  std::chrono::seconds event_timeout{20};

  // Throws Error(EINVAL) with a sentence for the person who typed it.
  static Options parse(int argc, char** argv);
  static const char* usage();
};

// Sets what "name=value" says; throws Error(EINVAL).
void set_limit(Limits& limits, const std::string& text);

}  // namespace xenolith::tools::xenstored
