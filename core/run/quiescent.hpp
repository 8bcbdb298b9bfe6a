// SPDX-License-Identifier: MIT
// Deferring work until every CPU has passed its main loop at least once: then no handler that was running before
// can still hold a pointer that it looked up without a lock.
#pragma once

namespace xenolith::quiescent {

// A piece of deferred work, embedded in the object it is about.
struct Deferred {
  Deferred* next = nullptr;
  void (*function)(Deferred&) = nullptr;
};

// Runs `work.function` later, on some CPU, from its main loop. Any context.
void defer(Deferred& work, void (*function)(Deferred&));

// Called by each CPU in its main loop, where it holds no such pointer.
void pass();

}  // namespace xenolith::quiescent
