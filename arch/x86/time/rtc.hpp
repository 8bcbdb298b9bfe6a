// SPDX-License-Identifier: MIT
// The battery-backed clock of PCs.
#pragma once

#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {

// Its registers as read. Source: Motorola MC146818 data sheet, "Address Map", "Register B"; the century's place is the FADT's.
struct RtcRegisters {
  u8 second, minute, hour, day, month, year;
  u8 century;   // 0: there is no such register
  u8 status_b;
  constexpr bool operator==(const RtcRegisters&) const = default;
};

// Seconds since 1970-01-01 UTC. Fails with EINVAL when a field is out of range (the battery is empty).
Result<u64> decode_rtc(const RtcRegisters& registers);

// Reads the clock between two updates, which takes up to a second or so. `century_register` is the FADT's CENTURY field, 0: none.
// Boot only: the hardware domain owns the ports later. Fails with ENODEV (no clock answers), EINVAL.
Result<u64> read_rtc(u8 century_register);

}  // namespace xenolith
