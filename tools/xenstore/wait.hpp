// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tools/base/task.hpp"
#include "tools/xenstore/client.hpp"

namespace xenolith::tools {

// Waits until condition() holds, asking at each change of `path` or below it. Cancelled by destroying the task.
template <typename F>
Task<> wait_until(EventLoop& loop, XenStore& store, std::string path, F condition) {
  Event changed;
  bool pending = false;
  StoreWatch watch = store.watch(loop, path, [&](const std::string&) {
    pending = true;
    changed.signal();
  });
  while (!condition()) {
    if (!pending) co_await changed;
    pending = false;
  }
}

}  // namespace xenolith::tools
