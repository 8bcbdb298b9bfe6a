// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/address_space_tag.hpp"

#include <gtest/gtest.h>

#include <arch/cpu.hpp>

namespace xenolith::hvm {
namespace {

// Each test uses a CPU of its own: the allocators live as long as the program.
class AddressSpaceTags : public testing::Test {
 protected:
  AddressSpaceTags() { arch::fake::current_cpu = CpuId{next_cpu_++}; }
  ~AddressSpaceTags() override { arch::fake::current_cpu = CpuId{0}; }

 private:
  static inline u32 next_cpu_ = 1;
};

TEST_F(AddressSpaceTags, the_first_use_of_a_cpu_flushes_all_and_the_next_does_not) {
  AddressSpaceTag tag, other;
  EXPECT_EQ(tag.renew(16), TagState::fresh_and_flush_all);
  EXPECT_EQ(other.renew(16), TagState::fresh);
  EXPECT_NE(tag.number(), 0u);
  EXPECT_NE(tag.number(), other.number());
}

TEST_F(AddressSpaceTags, a_number_is_kept_while_it_is_valid) {
  AddressSpaceTag tag;
  static_cast<void>(tag.renew(16));
  u32 number = tag.number();
  EXPECT_EQ(tag.renew(16), TagState::kept);
  EXPECT_EQ(tag.number(), number);
  tag.forget();
  EXPECT_EQ(tag.renew(16), TagState::fresh);
  EXPECT_NE(tag.number(), number);
}

TEST_F(AddressSpaceTags, another_cpu_gives_another_number) {
  AddressSpaceTag tag, keeper;
  static_cast<void>(tag.renew(16));
  CpuId home = arch::fake::current_cpu;
  arch::fake::current_cpu = CpuId{home.raw() + 4};
  EXPECT_FALSE(tag.is_of_this_cpu());
  static_cast<void>(keeper.renew(16));
  static_cast<void>(tag.renew(16));
  EXPECT_EQ(tag.number(), 2u);
  arch::fake::current_cpu = home;
  EXPECT_FALSE(tag.is_of_this_cpu());
  static_cast<void>(tag.renew(16));
  EXPECT_EQ(tag.number(), 2u);  // its first number here may still be in the TLB
}

TEST_F(AddressSpaceTags, when_all_are_used_up_the_tlb_is_flushed_and_old_numbers_are_void) {
  AddressSpaceTag tags[4];
  EXPECT_EQ(tags[0].renew(4), TagState::fresh_and_flush_all);
  EXPECT_EQ(tags[1].renew(4), TagState::fresh);
  EXPECT_EQ(tags[2].renew(4), TagState::fresh);
  EXPECT_EQ(tags[3].renew(4), TagState::fresh_and_flush_all);
  EXPECT_EQ(tags[3].number(), 1u);
  u32 old = tags[0].number();
  EXPECT_EQ(old, 1u);
  static_cast<void>(tags[0].renew(4));
  EXPECT_EQ(tags[0].number(), 2u);
}

}  // namespace
}  // namespace xenolith::hvm
