// SPDX-License-Identifier: MIT
// Wall clock time as guests see it in their shared info page. wall_clock() and set_wall_clock() are in clock.hpp.
#pragma once

#include "core/base/interface.hpp"
#include "core/base/result.hpp"

namespace xenolith {

class Domain;

// Writes the wall clock, shifted by the domain's time offset, to its shared info. When the domain is made, and after changes.
void update_wall_clock_of(Domain& domain);

// XENPF_settime64 and XENPF_settime32 for a caller that may: sets the wall clock and updates all domains.
// Fails with EINVAL (mbz; nanoseconds of a second or more).
Result<void> perform_settime(const xenpf_settime64& operation);

}  // namespace xenolith
