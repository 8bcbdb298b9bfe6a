// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "tools/toolstack/toolstack.hpp"

namespace xenolith::tools {

// Lives in the frame of an operation. If the operation is destroyed before done(), begins `undo`, which the toolstack ends.
struct CleanupOnCancel {
  Toolstack& toolstack;
  std::function<Task<>()> undo;

  CleanupOnCancel(Toolstack& owner, std::function<Task<>()> what) : toolstack(owner), undo(std::move(what)) {}
  CleanupOnCancel(const CleanupOnCancel&) = delete;
  ~CleanupOnCancel() {
    if (undo) toolstack.clean_up_later(undo());
  }
  void done() { undo = nullptr; }
};

}  // namespace xenolith::tools
