// SPDX-License-Identifier: MIT
#include "core/boot/options.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>

namespace xenolith {
namespace {

constinit BoolOption flag{"test-flag", "A flag.", false};
constexpr std::string_view colours[] = {"red", "green", "blue"};
constinit EnumOption colour{"test-colour", "A colour.", colours, 1, OptionTime::runtime};
constinit IntegerOption level{"test_level", "A level.", 5, -10, 1000};
constinit SizeOption amount{"test-amount", "An amount.", {u64{512} << 20, false}, SizeOption::Percent::allowed};
constinit SizeOption plain_amount{"test-plain-amount", "No share.", {0, false}};
constinit StringOption text{"test-text", "Some text.", "abc"};
std::string custom_seen;
Result<void> take_custom(std::string_view value) {
  if (value == "bad") return Failure{XEN_EINVAL};
  custom_seen = value;
  return {};
}
constinit CustomOption custom{"test-custom", "Anything.", "<word>", take_custom, "none"};

XENOLITH_REGISTER_OPTION(flag);
XENOLITH_REGISTER_OPTION(colour);
XENOLITH_REGISTER_OPTION(level);

template <class Format>
std::string made(Format format) {
  std::array<char, 256> buffer;
  return {buffer.data(), format(std::span<char>{buffer})};
}
Option::Word value(std::string_view word) { return {word, true, false}; }
constexpr Option::Word alone{}, negated{{}, false, true};

TEST(Options, Table) {
  EXPECT_EQ(find_option("test-flag"), &flag);
  EXPECT_EQ(find_option("test_flag"), &flag);
  EXPECT_EQ(find_option("test-level"), &level);
  EXPECT_EQ(find_option("test-amount"), nullptr);  // not registered
  EXPECT_EQ(find_option(""), nullptr);
  EXPECT_GE(registered_options().size(), 3u);
}

TEST(Options, Bool) {
  for (std::string_view yes : {"yes", "on", "true", "enable", "1"}) {
    EXPECT_TRUE(flag.set(value("0")));
    EXPECT_TRUE(flag.set(value(yes)));
    EXPECT_TRUE(flag.value());
  }
  for (std::string_view no : {"no", "off", "false", "disable", "0"}) {
    EXPECT_TRUE(flag.set(alone));
    EXPECT_TRUE(flag.value());
    EXPECT_TRUE(flag.set(value(no)));
    EXPECT_FALSE(flag.value());
    EXPECT_TRUE(flag.set({no, true, true}));  // no-flag=off
    EXPECT_TRUE(flag.value());
  }
  EXPECT_TRUE(flag.set(negated));
  EXPECT_FALSE(flag.value());
  EXPECT_EQ(flag.set(value("maybe")).error(), XEN_EINVAL);
  EXPECT_EQ(flag.set(value("")).error(), XEN_EINVAL);
}

TEST(Options, Integer) {
  for (auto [word, wanted] : {std::pair{"0x1f", 31}, {"017", 15}, {"-10", -10}, {"+7", 7}, {"1000", 1000}, {"0", 0}}) {
    EXPECT_TRUE(level.set(value(word))) << word;
    EXPECT_EQ(level.value(), wanted);
  }
  for (std::string_view wrong : {"", "x", "1x", "0x", "08", "--1", " 1"})
    EXPECT_EQ(level.set(value(wrong)).error(), XEN_EINVAL) << wrong;
  for (std::string_view far : {"1001", "-11", "99999999999999999999", "0xffffffffffffffff"})
    EXPECT_EQ(level.set(value(far)).error(), XEN_ERANGE) << far;
  EXPECT_EQ(level.set(negated).error(), XEN_EINVAL);
  EXPECT_EQ(level.value(), 0);
  EXPECT_EQ(*parse_option_integer("-9223372036854775808"), std::numeric_limits<i64>::min());
}

TEST(Options, Size) {
  for (auto [word, wanted] : {std::pair<const char*, u64>{"1", 1024}, {"1k", 1024}, {"2M", 2 << 20}, {"3G", u64{3} << 30},
                              {"1t", u64{1} << 40}, {"7b", 7}, {"0x10B", 0x10b << 10}, {"0", 0}}) {
    EXPECT_TRUE(amount.set(value(word))) << word;
    EXPECT_EQ(amount.value(), (SizeValue{wanted, false})) << word;
  }
  EXPECT_TRUE(amount.set(value("25%")));
  EXPECT_EQ(amount.value(), (SizeValue{25, true}));
  EXPECT_EQ(amount.value().of(4096), 1024u);
  EXPECT_EQ((SizeValue{100, true}).of(~u64{0}), ~u64{0});
  EXPECT_EQ(plain_amount.set(value("25%")).error(), XEN_EINVAL);
  EXPECT_EQ(amount.set(value("101%")).error(), XEN_ERANGE);
  EXPECT_EQ(amount.set(value("99999999999G")).error(), XEN_ERANGE);
  for (std::string_view wrong : {"", "G", "1GB", "1x", "-1", "1.5G"})
    EXPECT_EQ(amount.set(value(wrong)).error(), XEN_EINVAL) << wrong;
}

TEST(Options, EnumStringAndCustom) {
  EXPECT_TRUE(colour.set(value("blue")));
  EXPECT_EQ(colour.value(), 2u);
  EXPECT_EQ(colour.set(value("pink")).error(), XEN_EINVAL);
  EXPECT_EQ(text.value(), "abc");
  EXPECT_TRUE(text.set(value("")));
  EXPECT_EQ(text.value(), "");
  EXPECT_EQ(text.set(value(std::string(256, 'x'))).error(), XEN_ERANGE);
  EXPECT_TRUE(custom.set(value("word")));
  EXPECT_EQ(custom_seen, "word");
  EXPECT_TRUE(custom.set(negated));
  EXPECT_EQ(custom_seen, "no");
  EXPECT_EQ(custom.set(value("bad")).error(), XEN_EINVAL);
}

std::string list_seen;
TEST(Options, Lists) {
  auto note = [](std::string_view name, std::string_view item, bool no) -> Result<void> {
    if (name == "bad") return Failure{XEN_EINVAL};
    list_seen += std::string{no ? "!" : ""} + std::string{name} + "(" + std::string{item} + ")";
    return {};
  };
  EXPECT_TRUE(parse_option_list("a,no-b,c=5,d=off,,no-e=no", note));
  EXPECT_EQ(list_seen, "a()!b()c(5)!d(off)()e(no)");
  EXPECT_EQ(parse_option_list("x,bad,y", note).error(), XEN_EINVAL);
}

TEST(Options, RunTime) {
  EXPECT_TRUE(set_runtime_option("test-colour", "red"));
  EXPECT_EQ(colour.value(), 0u);
  EXPECT_EQ(set_runtime_option("test-flag", "on").error(), XEN_EACCES);
  EXPECT_EQ(set_runtime_option("test-none", "on").error(), XEN_ENOENT);
  EXPECT_EQ(set_runtime_option("test-colour", "x").error(), XEN_EINVAL);
}

TEST(Options, Texts) {
  EXPECT_TRUE(amount.set(value("3M")));
  EXPECT_EQ(made([](auto to) { return amount.format_value(to); }), "3M");
  EXPECT_EQ(made([](auto to) { return amount.format_default(to); }), "512M");
  EXPECT_EQ(made([](auto to) { return describe_option(colour, to); }),
            "### test-colour\n> `= red | green | blue`\n\n> Default: `green`\n\n> Can be modified at run time\n\n"
            "A colour.\n\n");
  EXPECT_EQ(made([](auto to) { return describe_option(custom, to.first(9)); }), "### test-");
}

}  // namespace
}  // namespace xenolith
