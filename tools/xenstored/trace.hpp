// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "tools/xenstored/store.hpp"

namespace xenolith::tools::xenstored {

// A file of requests and answers (--trace-file, xenstore-control log).
class Trace {
 public:
  // Throws Error if the file cannot be opened. An empty name ends tracing.
  void open(const std::string& path, Store& store);
  void resume(Store& store) {
    if (!path_.empty()) open(path_, store);
  }
  void stop(Store& store);
  void line(const std::string& text);

 private:
  struct Close {
    void operator()(FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::unique_ptr<FILE, Close> file_;
};

}  // namespace xenolith::tools::xenstored
