// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/tsc_choice.hpp"

#include <gtest/gtest.h>

namespace xenolith::hvm {
namespace {

constexpr TscScaling vmx{48, 16}, svm{32, 8}, none{};
constexpr u32 host = 2'500'000;
constexpr u32 usual = 0, always = 1, never = 2;

TEST(TscChoice, the_hosts_frequency_needs_nothing) {
  for (u32 khz : {0u, host}) {
    const TscChoice choice = *choose_tsc(usual, khz, host, none);
    EXPECT_EQ(choice.khz, host);
    EXPECT_TRUE(choice.ratio.is_one());
    EXPECT_FALSE(choice.reads_exit);
  }
}

TEST(TscChoice, another_frequency_is_the_processors_work_where_it_can) {
  const TscChoice scaled = *choose_tsc(usual, 3'000'000, host, svm), emulated = *choose_tsc(usual, 3'000'000, host, none);
  EXPECT_FALSE(scaled.reads_exit);
  EXPECT_EQ(scaled.ratio.value & 0xffff, 0u);
  EXPECT_TRUE(emulated.reads_exit);
  EXPECT_EQ(scaled.khz, 3'000'000u);
  EXPECT_EQ(emulated.khz, 3'000'000u);
  EXPECT_EQ(scaled.ratio.value, emulated.ratio.value & ~u64{0xffff});
}

TEST(TscChoice, what_the_processor_cannot_is_emulated) {
  EXPECT_TRUE(choose_tsc(usual, 4'000'000'000, 10'000'000, svm)->reads_exit);   // 400 times
  EXPECT_FALSE(choose_tsc(usual, 4'000'000'000, 10'000'000, vmx)->reads_exit);
  EXPECT_TRUE(choose_tsc(usual, 1, 4'000'000'000, TscScaling{31, 8})->reads_exit);
}

TEST(TscChoice, modes_of_the_toolstack) {
  EXPECT_TRUE(choose_tsc(always, 0, host, vmx)->reads_exit);
  EXPECT_EQ(choose_tsc(always, 1'000'000, host, vmx)->khz, 1'000'000u);
  const TscChoice choice = *choose_tsc(never, 1'000'000, host, vmx);
  EXPECT_EQ(choice.khz, host);
  EXPECT_TRUE(choice.ratio.is_one() && !choice.reads_exit);
  EXPECT_EQ(choose_tsc(3, 0, host, vmx).error(), XEN_EINVAL);
  EXPECT_EQ(choose_tsc(usual, ~u32{0}, 60'000, vmx).error(), XEN_EINVAL);
}

}  // namespace
}  // namespace xenolith::hvm
