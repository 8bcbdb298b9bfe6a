// SPDX-License-Identifier: MIT
#include "core/base/format.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace xenolith {
namespace {

template <class... Arguments>
std::string formatted(std::string_view text, const Arguments&... arguments) {
  std::array<char, 128> buffer;
  return {buffer.data(), format(buffer, text, arguments...)};
}

TEST(Format, Integers) {
  EXPECT_EQ(formatted("{} {} {}", 1u, -2, u64{18446744073709551615u}), "1 -2 18446744073709551615");
  EXPECT_EQ(formatted("{:x} {:#x} {:08x}", 0xabcu, 0x10u, 0xffu), "abc 0x10 000000ff");
  EXPECT_EQ(formatted("[{:5}] [{:<5}]", 42, 42), "[   42] [42   ]");
  EXPECT_EQ(formatted("{}", std::numeric_limits<i64>::min()), "-9223372036854775808");
}

TEST(Format, TextAndUnits) {
  EXPECT_EQ(formatted("{} {:>4} {:<4}|", "abc", "de", std::string_view{"fg"}), "abc   de fg  |");
  EXPECT_EQ(formatted("d{} mfn {:#x}", DomainId{3}, Mfn{0x1000}), "d3 mfn 0x1000");
  EXPECT_EQ(formatted("{}{{}}{}", 'x', true), "x{}true");
}

TEST(Format, WrongFormatsAreHarmless) {
  EXPECT_EQ(formatted("{} {}", 1), "1 {?}");
  EXPECT_EQ(formatted("open {", 1), "open {");
  std::array<char, 4> small;
  EXPECT_EQ(format(small, "{}", "abcdefgh"), 4u);
}

}  // namespace
}  // namespace xenolith
