// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tools/base/event_loop.hpp"
#include "tools/base/unique_fd.hpp"
#include "tools/xenstored/store.hpp"

namespace xenolith::tools::xenstored {

// A base and the records since, in two files; the base is made anew when the records have become many.
class JournalFile {
 public:
  JournalFile(std::string base, std::string records) : base_path_(std::move(base)), records_path_(std::move(records)) {}

  // What a predecessor left; empty if there is none.
  std::string base() const;
  std::string records() const;

  // Writes the base, and from now on each change. loop, store: outlive the journal. Throws Error.
  void begin(EventLoop& loop, Store& store);
  // Writes no more; the files are of no use any more.
  void end(Store& store);

 private:
  void add(EventLoop& loop, Store& store, const std::string& record);

  std::string base_path_, records_path_;
  UniqueFd records_;
  size_t bytes_ = 0, limit_ = 0;
  EventSource rebase_;
};

}  // namespace xenolith::tools::xenstored
