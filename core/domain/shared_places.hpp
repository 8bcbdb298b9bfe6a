// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/types.hpp"

namespace xenolith {

// Where the pages that a domain shares with the hypervisor hold what the hypervisor uses there: offsets in bytes, for one width of
// the guest's words. wc_sec and wc_nsec follow wc_version.
struct SharedPlaces {
  u16 pending, mask;                // struct shared_info: evtchn_pending, evtchn_mask
  u16 wall_clock, wall_clock_high;  // wc_version; the high half of the seconds
  u16 selector;                     // struct vcpu_info: evtchn_pending_sel
  u8 vcpu_info_alignment;
};

}  // namespace xenolith
