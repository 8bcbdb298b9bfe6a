// SPDX-License-Identifier: MIT
// Steps that tests make fail. Each step of work that may fail calls failure_point(); a test, or the environment variable
// XENOLITH_FAIL_AT=N for a whole program, chooses the N-th call of the process to throw.
#pragma once

namespace xenolith::tools {

// Throws Error(EIO, "... (failure chosen by a test)") if this pass was chosen. name: what would have failed.
void failure_point(const char* name);

// While it lives, the `fail_at`-th failure_point() from now throws (1 is the next; 0 is none). Counts across threads.
class FailureSchedule {
 public:
  explicit FailureSchedule(unsigned fail_at);
  ~FailureSchedule();
  FailureSchedule(const FailureSchedule&) = delete;
  FailureSchedule& operator=(const FailureSchedule&) = delete;

  // Calls of failure_point() since the schedule began.
  static unsigned passed();
};

}  // namespace xenolith::tools
