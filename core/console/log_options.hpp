// SPDX-License-Identifier: MIT
// The options loglvl=, guest_loglvl= and console_timestamps=.
#pragma once

#include "core/console/timestamp.hpp"

namespace xenolith {

TimestampMode timestamp_mode();

}  // namespace xenolith
