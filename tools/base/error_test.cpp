// SPDX-License-Identifier: MIT
#include "tools/base/error.hpp"

#include <gtest/gtest.h>

#include "tools/base/failure_point.hpp"

namespace xenolith::tools {
namespace {

TEST(Error, CheckTellsWhatAndWhy) {
  errno = ENOENT;
  try {
    check(-1, "opening {}", "/x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ENOENT);
    EXPECT_STREQ(error.what(), "opening /x: No such file or directory");
  }
  EXPECT_EQ(check(3, "fine"), 3);
}

TEST(Error, ContextGoesInFront) {
  try {
    in_context("domain 7", [] { fail(EINVAL, "no {}", "kernel"); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), EINVAL);
    EXPECT_STREQ(error.what(), "domain 7: no kernel");
  }
}

TEST(FailurePoint, TheChosenPassFails) {
  FailureSchedule schedule(2);
  EXPECT_NO_THROW(failure_point("first"));
  EXPECT_THROW(failure_point("second"), Error);
  EXPECT_NO_THROW(failure_point("third"));
  EXPECT_EQ(FailureSchedule::passed(), 3u);
}

}  // namespace
}  // namespace xenolith::tools
