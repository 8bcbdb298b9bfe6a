// SPDX-License-Identifier: MIT
#include "tools/xl/arguments.hpp"

#include <gtest/gtest.h>

namespace xenolith::tools::xl {
namespace {

const std::vector<Option> options = {{'f', "defconfig", true}, {'c', ""}, {'p', ""}, {'d', "dryrun"}, {'x', "dry"}};

Arguments parse(std::vector<std::string> words) { return Arguments(words, options); }

std::string message(std::vector<std::string> words) {
  try {
    parse(std::move(words));
  } catch (const UsageError& error) {
    return error.message;
  }
  return "";
}

TEST(Arguments, OptionsAnywhere) {
  Arguments arguments = parse({"a", "-cp", "b", "--defconfig=x", "-f", "y", "--", "-c"});
  EXPECT_EQ(arguments.words(), (std::vector<std::string>{"a", "b", "-c"}));
  EXPECT_TRUE(arguments.has('c'));
  EXPECT_TRUE(arguments.has('p'));
  EXPECT_FALSE(arguments.has('d'));
  EXPECT_EQ(arguments.value('f'), "y");
  EXPECT_EQ(arguments.count('f'), 2);
}

TEST(Arguments, JoinedAndShortened) {
  EXPECT_EQ(parse({"-cfz"}).value('f'), "z");
  EXPECT_EQ(parse({"--def", "z"}).value('f'), "z");
  EXPECT_TRUE(parse({"--dryr"}).has('d'));
  EXPECT_TRUE(parse({"--dry"}).has('x'));
  EXPECT_TRUE(parse({"--help"}).has('h'));
  EXPECT_TRUE(parse({"-h"}).has('h'));
  EXPECT_EQ(parse({"-", "a"}).size(), 2u);
}

TEST(Arguments, Errors) {
  EXPECT_EQ(message({"-z"}), "option `z' not supported.\n");
  EXPECT_EQ(message({"--nope"}), "option `nope' not supported.\n");
  EXPECT_EQ(message({"--d"}), "option `d' not supported.\n");
  EXPECT_EQ(message({"-f"}), "option `f' needs a value.\n");
  EXPECT_EQ(message({"--dryrun=1"}), "option `dryrun=1' not supported.\n");
}

TEST(Arguments, Numbers) {
  EXPECT_EQ(parse_argument("n", "17", 20), 17u);
  for (const char* text : {"", "x", "21", "-1", "1x", "99999999999"})
    EXPECT_THROW(parse_argument("n", text, 20), UsageError) << text;
}

}  // namespace
}  // namespace xenolith::tools::xl
