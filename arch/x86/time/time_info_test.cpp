// SPDX-License-Identifier: MIT
#include "arch/x86/time/time_info.hpp"

#include <gtest/gtest.h>

#include <array>

namespace xenolith {
namespace {

constexpr ClockLine line{1'000'000, SystemTime{777}, TickScale::of_frequency(2'000'000'000)};

TEST(TimeInfo, TellsGuestsTheSameTime) {
  u64 offset = u64{0} - 5'000'000;  // the guest's counter is behind the host's
  vcpu_time_info info = make_time_info(line, offset, true);
  EXPECT_EQ(info.flags, XEN_PVCLOCK_TSC_STABLE_BIT);
  u64 guest_tsc = 1'400'000 + offset;
  u64 guest_time =
      info.system_time + static_cast<u64>(line.scale.length(guest_tsc - info.tsc_timestamp).raw());
  EXPECT_EQ(guest_time, static_cast<u64>(line.at(1'400'000).raw()));
  EXPECT_EQ(make_time_info(line, 0, false).flags, 0);
}

TEST(TimeInfo, PublishesBehindAnEvenVersion) {
  std::array<std::byte, sizeof(vcpu_time_info) + 3> memory{};
  auto* unaligned = reinterpret_cast<vcpu_time_info*>(memory.data() + 3);
  publish_time_info(unaligned, make_time_info(line, 0, true));
  vcpu_time_info copy;
  std::memcpy(&copy, memory.data() + 3, sizeof copy);
  EXPECT_EQ(copy.version, 2u);
  EXPECT_EQ(copy.system_time, 777u);
  EXPECT_EQ(copy.tsc_timestamp, 1'000'000u);
  publish_time_info(unaligned, make_time_info(line, 0, true));
  std::memcpy(&copy, memory.data() + 3, sizeof copy);
  EXPECT_EQ(copy.version, 4u);
}

}  // namespace
}  // namespace xenolith
