// SPDX-License-Identifier: MIT
#include "tools/xl/progress.hpp"

#include <fmt/format.h>

namespace xenolith::tools::xl {
namespace {

constexpr auto patience = std::chrono::seconds(1);

}  // namespace

void Progress::step(const std::string& text) {
  if (text_.empty() && !slow_) {
    timer_ = loop_.at(begun_ + patience, [this] {
      slow_ = true;
      show();
    });
  }
  text_ = text;
  // A step that keeps the loop busy delays the timer.
  slow_ = slow_ || EventLoop::Clock::now() >= begun_ + patience;
  if (slow_) show();
}

void Progress::show() {
  auto seconds = std::chrono::duration<double>(EventLoop::Clock::now() - begun_).count();
  fmt::print(stderr, "xl: {:.1f} s: {}\n", seconds, text_);
}

}  // namespace xenolith::tools::xl
