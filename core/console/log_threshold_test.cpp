// SPDX-License-Identifier: MIT
#include "core/console/log_threshold.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/console/rate_limit.hpp"

namespace xenolith {
namespace {

using Verdict = LogThreshold::Verdict;

std::string text_of(LogThreshold threshold) {
  std::string text(32, '\0');
  text.resize(threshold.format_to(text));
  return text;
}

TEST(LogThreshold, ParsesXensForms) {
  EXPECT_EQ(*LogThreshold::parse("all"), (LogThreshold{4, 4}));
  EXPECT_EQ(*LogThreshold::parse("none"), (LogThreshold{0, 0}));
  EXPECT_EQ(*LogThreshold::parse("error/all"), (LogThreshold{1, 4}));
  EXPECT_EQ(*LogThreshold::parse("info/none"), (LogThreshold{3, 3}));
  for (const char* bad : {"", "loud", "all/", "/all", "all/all/all", "ALL"})
    EXPECT_EQ(LogThreshold::parse(bad).error(), XEN_EINVAL) << bad;
}

TEST(LogThreshold, FormatsWhatItParses) {
  for (const char* form : {"none", "warning", "all", "none/warning", "info/all"})
    EXPECT_EQ(text_of(*LogThreshold::parse(form)), form);
}

TEST(LogThreshold, Judges) {
  LogThreshold threshold = *LogThreshold::parse("warning/info");
  EXPECT_EQ(threshold.judge(LogLevel::error), Verdict::print);
  EXPECT_EQ(threshold.judge(LogLevel::warning), Verdict::print);
  EXPECT_EQ(threshold.judge(LogLevel::info), Verdict::limit);
  EXPECT_EQ(threshold.judge(LogLevel::debug), Verdict::drop);
}

TEST(RateLimit, PassesABurstAndThenOnePerInterval) {
  RateLimit limit{seconds(5), 3};
  SystemTime now{seconds(100).raw()};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.ask(now).pass);
  EXPECT_FALSE(limit.ask(now).pass);
  EXPECT_FALSE(limit.ask(now + seconds(4)).pass);
  RateLimit::Answer later = limit.ask(now + seconds(5));
  EXPECT_TRUE(later.pass);
  EXPECT_EQ(later.missed, 2u);
  EXPECT_FALSE(limit.ask(now + seconds(5)).pass);
}

TEST(RateLimit, SavesUpNoMoreThanABurst) {
  RateLimit limit{seconds(1), 2};
  SystemTime now{seconds(1'000'000).raw()};
  EXPECT_TRUE(limit.ask(now).pass);
  EXPECT_TRUE(limit.ask(now).pass);
  EXPECT_FALSE(limit.ask(now).pass);
}

}  // namespace
}  // namespace xenolith
