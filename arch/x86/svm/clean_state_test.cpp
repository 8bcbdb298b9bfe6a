// SPDX-License-Identifier: MIT
#include "arch/x86/svm/clean_state.hpp"

#include <gtest/gtest.h>

namespace xenolith::svm {
namespace {

TEST(CleanState, LoadsAllTheFirstTime) { EXPECT_EQ(CleanState{}.for_entry(), 0u); }

TEST(CleanState, IsCleanAfterAnEntry) {
  CleanState state;
  state.for_entry();
  EXPECT_EQ(state.for_entry(), CleanState::every_group);
}

TEST(CleanState, LoadsWhatChanged) {
  CleanState state;
  state.for_entry();
  state.changed(Group::control);
  state.changed(Group::cr2);
  EXPECT_EQ(state.for_entry(), CleanState::every_group & ~(1u << 5) & ~(1u << 9));
  EXPECT_EQ(state.for_entry(), CleanState::every_group);
}

TEST(CleanState, LoadsAllOnAnotherCpu) {
  CleanState state;
  state.for_entry();
  state.forget();
  EXPECT_EQ(state.for_entry(), 0u);
}

}  // namespace
}  // namespace xenolith::svm
