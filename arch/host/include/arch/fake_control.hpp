// SPDX-License-Identifier: MIT
// What unit tests can steer and see of the fake machine's part in control operations.
#pragma once

#include "core/base/interface.hpp"
#include "core/base/units.hpp"

namespace xenolith::fake {

struct ControlRecord {
  u64 event_callback = 0;
  unsigned tlb_flushes = 0;
  unsigned nmis = 0;
  u32 sleep_state = ~u32{0};
  bool interrupt_is_deliverable = false;  // what arch::has_deliverable_interrupt answers
};
ControlRecord& control_record();

}  // namespace xenolith::fake
