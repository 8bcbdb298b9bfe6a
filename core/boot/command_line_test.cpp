// SPDX-License-Identifier: MIT
#include "core/boot/command_line.hpp"

#include <arch/fake.hpp>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "core/boot/options.hpp"

namespace xenolith {
namespace {

constinit BoolOption watchdog{"cl-watchdog", "A flag.", false};
constinit IntegerOption loglevel{"cl-level", "A number.", 1, 0, 9};
constinit StringOption console{"cl-console", "Text."};
constinit BoolOption no_real{"no-cl-mode", "A name that begins with no-.", false};
XENOLITH_REGISTER_OPTION(watchdog);
XENOLITH_REGISTER_OPTION(loglevel);
XENOLITH_REGISTER_OPTION(console);
XENOLITH_REGISTER_OPTION(no_real);

std::vector<std::string> words_of(std::string_view line, size_t room = 64) {
  std::vector<char> buffer(room);
  std::vector<std::string> result;
  std::string_view word;
  for (CommandLineWords words{line}; words.next(buffer, word);) result.push_back(std::string{word});
  return result;
}

TEST(CommandLine, Words) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(words_of("  a=1 \t b\nc "), (Words{"a=1", "b", "c"}));
  EXPECT_EQ(words_of(R"(a="1 2" "b c"=d e"f")"), (Words{"a=1 2", "b c=d", "ef"}));
  EXPECT_EQ(words_of("\"open a b"), (Words{"open a b"}));
  EXPECT_EQ(words_of("abcdef g", 3), (Words{"abc", "g"}));
  EXPECT_EQ(words_of("   "), Words{});
}

TEST(CommandLine, Parts) {
  EXPECT_EQ(split_command_line("a b -- root=/dev/sda  x").dom0, "root=/dev/sda  x");
  EXPECT_EQ(split_command_line("a b -- c").hypervisor, "a b ");
  EXPECT_EQ(split_command_line("a --b c").hypervisor, "a --b c");
  EXPECT_EQ(split_command_line("a \" -- \" b").dom0, "");
  EXPECT_EQ(split_command_line("--").hypervisor, "");
  EXPECT_EQ(without_first_word(" /boot/xen.gz  a b"), "a b");
  EXPECT_EQ(without_first_word("xen"), "");
}

TEST(CommandLine, SetsOptionsLaterWins) {
  EXPECT_EQ(parse_command_line("cl-watchdog cl_level=3 cl-level=4 cl-console=com1,vga no-cl-mode -- cl-level=9"), 0u);
  EXPECT_TRUE(watchdog.value());
  EXPECT_EQ(loglevel.value(), 4);
  EXPECT_EQ(console.value(), "com1,vga");
  EXPECT_TRUE(no_real.value());
  EXPECT_EQ(parse_command_line("no-cl-watchdog"), 0u);
  EXPECT_FALSE(watchdog.value());
}

TEST(CommandLine, ReportsByName) {
  fake::clear_log();
  EXPECT_EQ(parse_command_line("cl-nothing=1 cl-level=99 cl-watchdog=perhaps " + std::string(600, 'y') + "=1"), 4u);
  ASSERT_EQ(fake::log_lines().size(), 4u);
  EXPECT_NE(fake::log_lines()[0].find("unknown option 'cl-nothing'"), std::string::npos);
  EXPECT_NE(fake::log_lines()[1].find("'cl-level=99' is out of range"), std::string::npos);
  EXPECT_NE(fake::log_lines()[2].find("'cl-watchdog=perhaps' is not valid"), std::string::npos);
  EXPECT_NE(fake::log_lines()[3].find("too long"), std::string::npos);
}

}  // namespace
}  // namespace xenolith
