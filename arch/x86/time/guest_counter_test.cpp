// SPDX-License-Identifier: MIT
#include "arch/x86/time/guest_counter.hpp"

#include <gtest/gtest.h>

namespace xenolith {
namespace {

constexpr TscScaling vmx{48, 16}, svm{32, 8}, none{};
constexpr u32 khz = 2'500'000;

TscRatio ratio_of(u32 guest_khz, const TscScaling& scaling = vmx) { return *make_tsc_ratio(guest_khz, khz, scaling); }

TEST(TscRatio, IsOneForTheHostsFrequency) {
  EXPECT_TRUE(ratio_of(khz).is_one());
  EXPECT_TRUE(ratio_of(khz, svm).is_one());
  EXPECT_EQ(ratio_of(2 * khz).value, 2 * TscRatio::one);
  EXPECT_EQ(ratio_of(khz / 4).value, TscRatio::one / 4);
}

TEST(TscRatio, HasTheBitsOfTheProcessor) {
  EXPECT_NE(ratio_of(khz / 3).value & 0xffff, 0u);
  EXPECT_EQ(ratio_of(khz / 3, svm).value & 0xffff, 0u);
  EXPECT_EQ(ratio_of(khz / 3, svm).value, ratio_of(khz / 3).value & ~u64{0xffff});
  EXPECT_EQ(ratio_of(khz / 3, none), ratio_of(khz / 3));
}

TEST(TscRatio, RefusesWhatItCannotHold) {
  EXPECT_EQ(make_tsc_ratio(0, khz, vmx).error(), XEN_EINVAL);
  EXPECT_EQ(make_tsc_ratio(khz, 0, vmx).error(), XEN_EINVAL);
  EXPECT_EQ(make_tsc_ratio(~u32{0}, 65535, vmx).error(), XEN_EINVAL);
  EXPECT_TRUE(make_tsc_ratio(~u32{0}, 65537, vmx));
  EXPECT_EQ(make_tsc_ratio(1, ~u32{0}, svm)->value, u64{1} << 16);
  EXPECT_EQ(make_tsc_ratio(1, ~u32{0}, TscScaling{31, 8}).error(), XEN_EINVAL);
}

TEST(TscRatio, IsCheckedAgainstTheProcessor) {
  EXPECT_TRUE(none.can(TscRatio{}));
  EXPECT_FALSE(none.can(ratio_of(2 * khz)));
  EXPECT_TRUE(vmx.can(TscRatio{~u64{0}}));
  EXPECT_TRUE(svm.can(TscRatio{(u64{1} << 56) - 1}));
  EXPECT_FALSE(svm.can(TscRatio{u64{1} << 56}));
}

TEST(TscRatio, RoundsToTheFewestHostTicks) {
  const TscRatio third = ratio_of(khz / 3), five{5 * TscRatio::one};
  for (u64 guest : {u64{0}, u64{1}, u64{2}, u64{1'000'003}, u64{1} << 40}) {
    for (TscRatio ratio : {third, five, TscRatio{}}) {
      const u64 host = ratio.host_ticks(guest);
      EXPECT_GE(ratio.guest_ticks(host), guest);
      if (host > 0) {
        EXPECT_LT(ratio.guest_ticks(host - 1), guest);
      }
    }
  }
  EXPECT_EQ(third.host_ticks(~u64{0}), u64{1} << 62);
  EXPECT_EQ(TscRatio{}.host_ticks(~u64{0}), u64{1} << 62);
  EXPECT_EQ(TscRatio{1}.host_ticks(u64{1} << 62), u64{1} << 62);
}

TEST(TscRatio, MakesTheGuestsScale) {
  const TickScale host = TickScale::of_frequency(u64{khz} * 1000);
  EXPECT_EQ(TscRatio{}.scale(host), host);
  EXPECT_EQ(ratio_of(khz).scale(TickScale{}), TickScale{});
  for (u32 guest_khz : {1u, 999u, khz / 3, khz - 1, khz + 1, 3 * khz, 4'000'000'000u}) {
    const TickScale made = ratio_of(guest_khz).scale(host), right = TickScale::of_frequency(u64{guest_khz} * 1000);
    EXPECT_EQ(made.shift, right.shift) << guest_khz;
    EXPECT_NEAR(made.multiplier, right.multiplier, right.multiplier * 1e-8) << guest_khz;
  }
}

TEST(GuestCounter, AddsTheOffsetBehindTheRatio) {
  const GuestCounter counter{ratio_of(2 * khz), u64{0} - 1000};
  EXPECT_EQ(counter.at(5000), 9000u);
  EXPECT_EQ(counter.at(0), ~u64{0} - 999);
  EXPECT_EQ((GuestCounter{{}, 7}.at(35)), 42u);
}

TEST(GuestCounter, GoesOnWhereItIsSet) {
  const GuestCounter counter = GuestCounter{ratio_of(khz / 3), 17}.set(1'000'000, 300'000'000'000);
  EXPECT_EQ(counter.at(300'000'000'000), 1'000'000u);
  EXPECT_NEAR(static_cast<double>(counter.at(300'000'003'000)), 1'001'000.0, 1.0);
  const GuestCounter faster = counter.with(ratio_of(4 * khz), 300'000'003'000);
  EXPECT_EQ(faster.at(300'000'003'000), counter.at(300'000'003'000));
  EXPECT_EQ(faster.at(300'000'003'100) - faster.at(300'000'003'000), 400u);
}

TEST(GuestCounter, TellsWhenItReads) {
  constexpr u64 now = 300'000'000'000;
  for (u32 guest_khz : {khz / 3, khz, 3 * khz}) {
    const GuestCounter counter = GuestCounter{ratio_of(guest_khz), 0}.set(500, now);
    const u64 due = counter.host_at(90'500, now);
    EXPECT_GE(counter.at(due), 90'500u);
    EXPECT_LE(counter.at(due - 1), 90'500u);
    EXPECT_EQ(counter.host_at(500, now), now);
    EXPECT_EQ(counter.host_at(3, now), now);                    // over
    EXPECT_EQ(counter.host_at(u64{0} - 5, now), now);           // over, across the turn of the counter
    EXPECT_GE(counter.host_at(~u64{0} / 2, now) - now, u64{1} << 60);  // centuries ahead
  }
}

}  // namespace
}  // namespace xenolith
