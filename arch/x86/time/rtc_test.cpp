// SPDX-License-Identifier: MIT
#include "arch/x86/time/rtc.hpp"

#include <gtest/gtest.h>

namespace xenolith {
namespace {

constexpr u8 bcd_24_hours = 0x02, binary_24_hours = 0x06, bcd_12_hours = 0x00;

RtcRegisters registers(u8 hour, u8 status_b) { return {0x20, 0x13, hour, 0x14, 0x11, 0x23, 0x20, status_b}; }

TEST(Rtc, DecodesBinaryCodedDecimal) {
  EXPECT_EQ(*decode_rtc(registers(0x22, bcd_24_hours)), 1'700'000'000u);
}

TEST(Rtc, DecodesBinary) {
  EXPECT_EQ(*decode_rtc({20, 13, 22, 14, 11, 23, 20, binary_24_hours}), 1'700'000'000u);
}

TEST(Rtc, DecodesTwelveHours) {
  EXPECT_EQ(*decode_rtc(registers(0x90, bcd_12_hours)), 1'700'000'000u);         // 10 pm
  EXPECT_EQ(*decode_rtc(registers(0x10, bcd_12_hours)), 1'700'000'000u - 43200);
  EXPECT_EQ(*decode_rtc(registers(0x12, bcd_12_hours)), 1'700'000'000u - 22 * 3600);  // midnight
  EXPECT_EQ(*decode_rtc(registers(0x92, bcd_12_hours)), 1'700'000'000u - 10 * 3600);  // noon
}

TEST(Rtc, GuessesTheCenturyThatIsNotTold) {
  RtcRegisters r = registers(0x22, bcd_24_hours);
  r.century = 0;
  EXPECT_EQ(*decode_rtc(r), 1'700'000'000u);
  r.year = 0x99;
  EXPECT_EQ(*decode_rtc(r), 942'617'600u);  // 1999-11-14
}

TEST(Rtc, RefusesNonsense) {
  for (auto spoil : {+[](RtcRegisters& r) { r.month = 0x13; }, +[](RtcRegisters& r) { r.month = 0; },
                     +[](RtcRegisters& r) { r.day = 0x31; }, +[](RtcRegisters& r) { r.hour = 0x24; },
                     +[](RtcRegisters& r) { r.minute = 0x60; }, +[](RtcRegisters& r) { r.second = 0xff; },
                     +[](RtcRegisters& r) { r.year = 0x1a; }, +[](RtcRegisters& r) { r.day = 0; }}) {
    RtcRegisters r = registers(0x22, bcd_24_hours);
    spoil(r);
    EXPECT_EQ(decode_rtc(r).error(), XEN_EINVAL);
  }
  EXPECT_EQ(decode_rtc(registers(0x13, bcd_12_hours)).error(), XEN_EINVAL);
}

}  // namespace
}  // namespace xenolith
