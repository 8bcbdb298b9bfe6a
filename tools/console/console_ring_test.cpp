// SPDX-License-Identifier: MIT
#include "tools/console/console_ring.hpp"

#include <gtest/gtest.h>

#include "tools/base/error.hpp"

namespace xenolith::tools::console {
namespace {

TEST(ConsoleRing, TakesAcrossTheEnd) {
  xencons_interface page{};
  page.out_cons = page.out_prod = sizeof page.out - 3;
  for (char c : std::string("abcdef")) page.out[MASK_XENCONS_IDX(page.out_prod++, page.out)] = c;
  ConsoleRing ring(&page);
  EXPECT_TRUE(ring.has_output());
  EXPECT_EQ(ring.take(2), "ab");
  EXPECT_EQ(ring.take(100), "cdef");
  EXPECT_EQ(ring.take(100), "");
  EXPECT_FALSE(ring.has_output());
}

TEST(ConsoleRing, PutsWhatThereIsRoomFor) {
  xencons_interface page{};
  page.in_cons = page.in_prod = UINT32_MAX - 1;  // indices wrap
  ConsoleRing ring(&page);
  EXPECT_EQ(ring.put(std::string(2000, 'x')), sizeof page.in);
  EXPECT_EQ(ring.room(), 0u);
  EXPECT_EQ(ring.put("more"), 0u);
  page.in_cons += 10;
  EXPECT_EQ(ring.put("more"), 4u);
  EXPECT_EQ(page.in[MASK_XENCONS_IDX(page.in_prod - 1, page.in)], 'e');
}

TEST(ConsoleRing, ImpossibleIndicesAreErrors) {
  xencons_interface page{};
  page.out_prod = sizeof page.out + 1;
  page.in_prod = 5;
  page.in_cons = 6;
  ConsoleRing ring(&page);
  EXPECT_THROW(ring.take(1), Error);
  EXPECT_THROW(ring.has_output(), Error);
  EXPECT_THROW(ring.put("x"), Error);
  EXPECT_THROW(ring.room(), Error);
}

}  // namespace
}  // namespace xenolith::tools::console
