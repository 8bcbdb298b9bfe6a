// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace xenolith::tools::console {

// Output that nobody has read yet.
class Backlog {
 public:
  explicit Backlog(size_t limit) : limit_(limit) {}

  void set_limit(size_t limit) { limit_ = limit; }
  bool full() const { return size() >= limit_; }
  size_t size() const { return bytes_.size() - taken_; }
  void add(std::string_view bytes) { bytes_ += bytes; }
  std::string_view front() const { return std::string_view(bytes_).substr(taken_); }
  void take(size_t count) {
    taken_ += count;
    compact();
  }
  // Forgets the oldest beyond the limit.
  void trim() {
    if (size() > limit_) take(size() - limit_);
  }

 private:
  void compact() {
    if (taken_ < bytes_.size() && taken_ < 65536) return;
    bytes_.erase(0, taken_);
    taken_ = 0;
  }

  size_t limit_;
  std::string bytes_;
  size_t taken_ = 0;
};

}  // namespace xenolith::tools::console
