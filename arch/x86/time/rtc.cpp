// SPDX-License-Identifier: MIT
#include "arch/x86/time/rtc.hpp"

#include "arch/x86/cpu/registers.hpp"
#include "core/base/bits.hpp"

namespace xenolith {
namespace {

u8 read_cmos(u8 index) {
  out8(0x70, index);
  return in8(0x71);
}

constexpr u8 status_a = 0x0a, status_b = 0x0b;
constexpr u8 update_in_progress = bit(7);

// An update takes 2 ms at the longest; a look takes about a microsecond.
bool wait_for_no_update() {
  for (unsigned looks = 0; looks < 100'000; ++looks)
    if (!(read_cmos(status_a) & update_in_progress)) return true;
  return false;
}

RtcRegisters read_registers(u8 century) {
  return {read_cmos(0), read_cmos(2), read_cmos(4), read_cmos(7), read_cmos(8), read_cmos(9),
          century ? read_cmos(century & 0x7f) : u8{0}, read_cmos(status_b)};
}

}  // namespace

Result<u64> read_rtc(u8 century_register) {
  for (unsigned attempt = 0; attempt < 10; ++attempt) {
    if (!wait_for_no_update()) return Failure{XEN_ENODEV};
    RtcRegisters first = read_registers(century_register);
    if (!wait_for_no_update()) return Failure{XEN_ENODEV};
    if (first == read_registers(century_register)) return decode_rtc(first);
  }
  return Failure{XEN_EINVAL};
}

}  // namespace xenolith
