// SPDX-License-Identifier: MIT
// How often guests have left for each reason, for debug key p.
#pragma once

#include "arch/x86/hvm/vendor.hpp"

namespace xenolith::hvm {

// On the CPU that the guest has left, which alone changes its counters.
void count_exit(ExitReason reason);
void register_exit_counts_key();

}  // namespace xenolith::hvm
