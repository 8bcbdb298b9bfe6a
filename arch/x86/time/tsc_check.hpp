// SPDX-License-Identifier: MIT
// Can the time stamp counters be trusted?
#pragma once

#include "core/base/types.hpp"

namespace xenolith {

enum class TscTrust : u8 { by_features, always, never };  // option tsc=
extern TscTrust tsc_trust;

// The counter goes at the same rate in all power states, as the processor says (AMD64 APM volume 3, CPUID Fn8000_0007_EDX[8]
// "TscInvariant"), or as the option does.
bool tsc_is_constant();

// Compares the other CPUs' counters with this one's; false if one was seen to be behind or ahead of it, by more than a message takes
// from here to there and back. While all CPUs run their main loops; no lock is held.
bool check_tscs();

}  // namespace xenolith
