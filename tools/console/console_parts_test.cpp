// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "tools/base/error.hpp"
#include "tools/console/backlog.hpp"
#include "tools/console/log_file.hpp"
#include "tools/console/saved_backlogs.hpp"

namespace xenolith::tools::console {
namespace {

TEST(Backlog, KeepsTheNewestInOrder) {
  Backlog backlog(10);
  for (int i = 0; i < 100000; ++i) {
    backlog.add(std::to_string(i % 10));
    backlog.trim();
  }
  EXPECT_EQ(backlog.front(), "0123456789");
  EXPECT_TRUE(backlog.full());
  backlog.take(9);
  EXPECT_EQ(backlog.front(), "9");
}

TEST(LogStyle, StampsLinesOnce) {
  bool start = true;
  LogStyle style{.timestamps = true, .replace_escape = true};
  EXPECT_EQ(styled("one\ntw", style, "[t] ", start), "[t] one\n[t] tw");
  EXPECT_EQ(styled("o\n\033[1m\n", style, "[t] ", start), "o\n[t] .[1m\n");
}

TEST(SavedConsoles, ComeBack) {
  SavedConsoles saved{
      {{{DomainId(3)}, std::string("a\0 b\n", 5)}, {{DomainId(9)}, "x"}, {{DomainId(9), ConsoleKind::serial_line}, "y"}}, 77};
  SavedConsoles again = decode(encode(saved));
  EXPECT_EQ(again.backlogs, saved.backlogs);
  EXPECT_EQ(again.hypervisor_position, 77u);
  EXPECT_TRUE(decode(encode(SavedConsoles{})).backlogs.empty());
}

TEST(SavedConsoles, DamagedBytesAreRefused) {
  std::string bytes = encode(SavedConsoles{{{{DomainId(3)}, "abcdef"}}, 77});
  EXPECT_THROW(decode(""), Error);
  EXPECT_THROW(decode("nonsense"), Error);
  EXPECT_THROW(decode(bytes.substr(0, bytes.size() - 1)), Error);
  EXPECT_THROW(decode(bytes + "3"), Error);
  EXPECT_THROW(decode(bytes + "4 2 0\n"), Error);
  EXPECT_THROW(decode(bytes + "70000 0 0\n"), Error);
}

}  // namespace
}  // namespace xenolith::tools::console
