// SPDX-License-Identifier: MIT
#include "arch/arm64/vuart/console_page.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace xenolith::vuart {
namespace {

struct ConsolePage : testing::Test {
  std::unique_ptr<xencons_interface> owner = std::make_unique<xencons_interface>();
  xencons_interface& page = *owner;
};

TEST_F(ConsolePage, HoldsWhatIsPutUntilItIsFull) {
  for (size_t i = 0; i < sizeof page.out + 10; ++i) console_page::put(page, static_cast<char>('a' + i % 26));
  EXPECT_EQ(console_page::room(page), 0u);
  EXPECT_EQ(page.out_prod, sizeof page.out);
  EXPECT_EQ(std::string(page.out, 3), "abc");
  page.out_cons = 1;
  EXPECT_EQ(console_page::room(page), 1u);
  console_page::put(page, '!');
  EXPECT_EQ(page.out[0], '!');
  EXPECT_EQ(console_page::room(page), 0u);
}

TEST_F(ConsolePage, GivesWhatWasTypedInOrder) {
  EXPECT_EQ(console_page::take(page), std::nullopt);
  page.in_cons = page.in_prod = ~0u;
  page.in[MASK_XENCONS_IDX(page.in_prod++, page.in)] = 'x';
  page.in[MASK_XENCONS_IDX(page.in_prod++, page.in)] = 'y';
  EXPECT_EQ(console_page::take(page), 'x');
  EXPECT_EQ(console_page::take(page), 'y');
  EXPECT_EQ(console_page::take(page), std::nullopt);
}

TEST_F(ConsolePage, AnyIndicesStayWithinThePage) {
  for (XENCONS_RING_IDX index : {0u, 5u, 0x7fff'ffffu, 0x8000'0000u, ~0u}) {
    page.out_prod = page.in_cons = index;
    page.out_cons = page.in_prod = ~index * 7;
    for (int i = 0; i < 5000; ++i) {
      console_page::put(page, 'x');
      static_cast<void>(console_page::take(page));
    }
  }
}

}  // namespace
}  // namespace xenolith::vuart
