// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "tools/base/event_loop.hpp"

namespace xenolith::tools::xl {

// Says on stderr what a long operation is doing, once it has taken longer than a second.
class Progress {
 public:
  explicit Progress(EventLoop& loop) : begun_(EventLoop::Clock::now()), loop_(loop) {}

  // Called at each step.
  void step(const std::string& text);

 private:
  void show();

  EventLoop::Clock::time_point begun_;
  EventLoop& loop_;
  EventSource timer_;
  std::string text_;
  bool slow_ = false;
};

}  // namespace xenolith::tools::xl
