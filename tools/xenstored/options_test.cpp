// SPDX-License-Identifier: MIT
#include "tools/xenstored/options.hpp"

#include <gtest/gtest.h>

#include "tools/base/error.hpp"

namespace xenolith::tools::xenstored {
namespace {

Options parse(std::vector<std::string> words) {
  std::vector<char*> arguments;
  words.insert(words.begin(), "xenstored");
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  return Options::parse(static_cast<int>(words.size()), arguments.data());
}

TEST(Options, ThoseOfXen) {
  Options options = parse({"--pid-file", "/run/x", "-N", "-D", "-E", "5", "--quota", "outstanding=7", "-Q", "memory=9",
                           "-w", "watch-event=3", "-R", "-I", "-K", "-q", "memory=1"});
  EXPECT_EQ(options.pid_file, "/run/x");
  EXPECT_FALSE(options.fork);
  EXPECT_FALSE(options.introduce_self);
  EXPECT_EQ(options.limits.nodes, 5u);
  EXPECT_EQ(options.limits.outstanding, 7u);
  EXPECT_EQ(options.limits.memory, 9u);
  EXPECT_EQ(options.event_timeout.count(), 3);
  EXPECT_TRUE(options.keep_orphans);
}

TEST(Options, WrongOnesAreErrors) {
  EXPECT_THROW(parse({"-E", "x"}), Error);
  EXPECT_THROW(parse({"-Q", "nothing=3"}), Error);
  EXPECT_THROW(parse({"-w", "3"}), Error);
  EXPECT_THROW(parse({"word"}), Error);
}

}  // namespace
}  // namespace xenolith::tools::xenstored
