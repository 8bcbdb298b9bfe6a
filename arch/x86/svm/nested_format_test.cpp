// SPDX-License-Identifier: MIT
#include "arch/x86/svm/nested_format.hpp"

#include <gtest/gtest.h>

namespace xenolith::svm {
namespace {

using arch::NestedEntry;
constexpr arch::NestedFormat format = nested_format(true);
constexpr u64 type_ram = u64{static_cast<u64>(P2mType::ram)} << 52;

TEST(SvmNestedFormat, memory_is_writable_and_marked_as_used) {
  EXPECT_EQ(NestedEntry::leaf(format, Mfn{0x123}, P2mType::ram, false).raw(), 0x123000u | type_ram | 0x67);
  EXPECT_EQ(NestedEntry::leaf(format, Mfn{0x200}, P2mType::ram, true).raw(), 0x200000u | type_ram | 0xe7);
}

TEST(SvmNestedFormat, read_only_memory_has_no_write_bit) {
  EXPECT_EQ(NestedEntry::leaf(format, Mfn{1}, P2mType::ram_read_only, false).raw() & 0xfff, 0x25u);
  EXPECT_EQ(NestedEntry::leaf(format, Mfn{1}, P2mType::logdirty, false).raw() & 0xfff, 0x25u);
}

TEST(SvmNestedFormat, granted_memory_is_not_executable) {
  EXPECT_TRUE(NestedEntry::leaf(format, Mfn{1}, P2mType::grant_writable, false).raw() >> 63);
  EXPECT_TRUE(NestedEntry::leaf(format, Mfn{1}, P2mType::grant_read_only, false).raw() >> 63);
  EXPECT_FALSE(NestedEntry::leaf(format, Mfn{1}, P2mType::foreign, false).raw() >> 63);
}

TEST(SvmNestedFormat, a_table_allows_all) {
  EXPECT_EQ(NestedEntry::table(format, Mfn{7}).raw(), 0x7007u);
  EXPECT_FALSE(NestedEntry::table(format, Mfn{7}).is_large());
}

TEST(SvmNestedFormat, entries_give_back_what_was_put_in) {
  for (unsigned i = 1; i <= static_cast<unsigned>(P2mType::ioreq_server); ++i) {
    auto entry = NestedEntry::leaf(format, Mfn{0xabcdef123}, static_cast<P2mType>(i), i % 2 == 0);
    EXPECT_EQ(entry.mfn(), Mfn{0xabcdef123});
    EXPECT_EQ(entry.type(), static_cast<P2mType>(i));
    EXPECT_EQ(entry.is_large(), i % 2 == 0);
    EXPECT_EQ(format.leaf[i] & NestedEntry::common_bits(), 0u);
  }
}

TEST(SvmNestedFormat, the_largest_page_is_what_the_processor_has) {
  EXPECT_EQ(nested_format(false).largest_order, 9u);
  EXPECT_EQ(nested_format(true).largest_order, 18u);
}

}  // namespace
}  // namespace xenolith::svm
