// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "guests/framework/pv_ring.hpp"

namespace xenolith::guest {

// The domain's PV console, which xenconsoled serves.
class ConsoleRing {
 public:
  xencons_interface& page() const { return ring_.page<xencons_interface>(); }
  const PvRing& ring() const { return ring_; }
  // Waits for room as long as it takes.
  void write(std::string_view text);
  // What was typed, at most `size` bytes; waits at most `limit` nanoseconds for some.
  size_t read(char* to, size_t size, u64 limit);

 private:
  PvRing ring_{HVM_PARAM_CONSOLE_PFN, HVM_PARAM_CONSOLE_EVTCHN};
};

}  // namespace xenolith::guest
