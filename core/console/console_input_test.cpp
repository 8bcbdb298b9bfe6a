// SPDX-License-Identifier: MIT
#include "core/console/console_input.hpp"

#include <gtest/gtest.h>

#include <string>

namespace xenolith {
namespace {

struct ConsoleInputTest : ::testing::Test {
  bool type(std::string_view text) {
    bool switched = false;
    for (char c : text) switched = input.take(c, [&](char key) { keys += key; }) || switched;
    return switched;
  }
  std::string domain_reads() {
    std::string text(2048, '\0');
    text.resize(input.read(text));
    return text;
  }

  static constexpr ConsoleReader hardware_domain{ConsoleReader::Kind::hardware_domain, {}};
  ConsoleInput input;
  std::string keys;
};

TEST_F(ConsoleInputTest, GoesToTheHypervisorFirst) {
  type("hq");
  EXPECT_EQ(keys, "hq");
  EXPECT_EQ(domain_reads(), "");
}

TEST_F(ConsoleInputTest, ThreeSwitchCharactersAskForAnotherReader) {
  EXPECT_TRUE(type("\x01\x01\x01"));
  input.set_reader(hardware_domain);
  type("ls\r");
  EXPECT_EQ(domain_reads(), "ls\r");
  EXPECT_EQ(keys, "");
  EXPECT_TRUE(type("\x01\x01\x01"));
  input.set_reader({ConsoleReader::Kind::line, DomainId{3}});
  type("h");
  EXPECT_EQ(keys, "h");
  EXPECT_EQ(domain_reads(), "");
}

TEST_F(ConsoleInputTest, FewerAreOrdinaryCharacters) {
  input.set_reader(hardware_domain);
  EXPECT_FALSE(type("\x01\x01x"));
  EXPECT_EQ(domain_reads(), "\x01\x01x");
}

TEST_F(ConsoleInputTest, SwitchingCanBeOff) {
  input.set_switch_character('\0');
  EXPECT_FALSE(type(std::string_view{"\x01\x01\x01\0\0\0", 6}));
  EXPECT_EQ(keys.size(), 6u);
}

TEST_F(ConsoleInputTest, DropsWhatNobodyReads) {
  input.set_reader(hardware_domain);
  type(std::string(3000, 'x') + "y");
  EXPECT_EQ(domain_reads(), std::string(1024, 'x'));
  type("z");
  EXPECT_EQ(domain_reads(), "z");
}

}  // namespace
}  // namespace xenolith
