// SPDX-License-Identifier: MIT
#include "arch/x86/time/wrapping_counter.hpp"

#include <gtest/gtest.h>

namespace xenolith {
namespace {

TEST(WrappingCounter, CountsOnAfterATurn) {
  WrappingCounter counter{24, 1'000'000, 0xfffff0, SystemTime{7}};
  EXPECT_EQ(counter.look(0xfffff0, {}).raw(), 7);
  EXPECT_NEAR(counter.look(0x10, {}).raw(), 32'007, 2);
  EXPECT_NEAR(counter.look(0x0f, {}).raw(), (i64{1} << 24) * 1000 + 31'007, 50);
}

TEST(WrappingCounter, MakesUpForMissedTurns) {
  constexpr u64 hz = 3'579'545, turn = u64{1} << 24;
  for (u64 elapsed : {turn / 3, turn - 1, turn, turn * 3 / 2, turn * 10 + 5, turn * 25 / 4}) {
    WrappingCounter counter{24, hz, 123, SystemTime{}};
    Duration truth = TickScale::of_frequency(hz).length(elapsed);
    for (i64 percent : {99, 100, 101}) {
      WrappingCounter again = counter;
      i64 seen = again.look((123 + elapsed) & (turn - 1), truth * percent / 100).raw();
      EXPECT_NEAR(seen, truth.raw(), 10) << elapsed << " " << percent;
    }
  }
}

TEST(WrappingCounter, WideCountersDoNotTurn) {
  WrappingCounter counter{64, 1'000'000'000, ~u64{0} - 5, SystemTime{}};
  EXPECT_EQ(counter.turn(), Duration::max());
  EXPECT_NEAR(counter.look(4, {}).raw(), 10, 1);
}

TEST(WrappingCounter, TellsItsTurn) {
  EXPECT_NEAR((WrappingCounter{16, 1'193'182, 0, SystemTime{}}.turn().raw()), 54'925'000, 2000);
}

}  // namespace
}  // namespace xenolith
