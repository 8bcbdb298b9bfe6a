// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <string>

#include "tools/base/event_loop.hpp"
#include "tools/base/unique_fd.hpp"

namespace xenolith::tools::console {

// Tells of opens and closes of files, of any number of them with one inotify instance: a user may have 128 of those.
class OpenWatch {
 public:
  // change: 1 for an open, -1 for a close.
  using Callback = std::function<void(int change)>;

  explicit OpenWatch(EventLoop& loop);

  // A file that is watched, until it is destroyed. The OpenWatch must live longer.
  class File {
   public:
    File() = default;
    File(File&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), number_(other.number_) {}
    File& operator=(File&& other) noexcept {
      std::swap(owner_, other.owner_);
      std::swap(number_, other.number_);
      return *this;
    }
    ~File();

   private:
    friend class OpenWatch;
    File(OpenWatch* owner, int number) : owner_(owner), number_(number) {}
    OpenWatch* owner_ = nullptr;
    int number_ = -1;
  };
  // Throws Error.
  [[nodiscard]] File add(const std::string& path, Callback callback);

 private:
  void on_events();

  UniqueFd notify_;
  std::map<int, Callback> files_;
  EventSource source_;
};

}  // namespace xenolith::tools::console
