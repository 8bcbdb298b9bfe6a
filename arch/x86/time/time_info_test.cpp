// SPDX-License-Identifier: MIT
#include "arch/x86/time/time_info.hpp"

#include <gtest/gtest.h>

#include <array>

namespace xenolith {
namespace {

constexpr ClockLine line{1'000'000, SystemTime{777}, TickScale::of_frequency(2'000'000'000)};

TEST(TimeInfo, TellsGuestsTheSameTime) {
  const u64 behind = u64{0} - 5'000'000;  // the guest's counter is behind the host's
  for (u32 guest_khz : {700'000u, 2'000'000u, 9'000'000u}) {
    const GuestCounter counter{*make_tsc_ratio(guest_khz, 2'000'000, {}), behind};
    vcpu_time_info info = make_time_info(line, counter, true);
    EXPECT_EQ(info.flags, XEN_PVCLOCK_TSC_STABLE_BIT);
    const TickScale scale{info.tsc_to_system_mul, info.tsc_shift};
    const u64 guest_time =
        info.system_time + static_cast<u64>(scale.length(counter.at(401'000'000) - info.tsc_timestamp).raw());
    EXPECT_NEAR(static_cast<double>(guest_time), static_cast<double>(line.at(401'000'000).raw()), 2.0) << guest_khz;
  }
  EXPECT_EQ(make_time_info(line, {}, false).flags, 0);
}

TEST(TimeInfo, PublishesBehindAnEvenVersion) {
  std::array<std::byte, sizeof(vcpu_time_info) + 3> memory{};
  auto* unaligned = reinterpret_cast<vcpu_time_info*>(memory.data() + 3);
  publish_time_info(unaligned, make_time_info(line, {}, true));
  vcpu_time_info copy;
  std::memcpy(&copy, memory.data() + 3, sizeof copy);
  EXPECT_EQ(copy.version, 2u);
  EXPECT_EQ(copy.system_time, 777u);
  EXPECT_EQ(copy.tsc_timestamp, 1'000'000u);
  publish_time_info(unaligned, make_time_info(line, {}, true));
  std::memcpy(&copy, memory.data() + 3, sizeof copy);
  EXPECT_EQ(copy.version, 4u);
}

}  // namespace
}  // namespace xenolith
