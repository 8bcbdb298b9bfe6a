// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/ept_format.hpp"

#include <gtest/gtest.h>

namespace xenolith::vmx {
namespace {

using arch::NestedEntry;
constexpr arch::NestedFormat format = nested_format(18);
u64 bits_of(P2mType type, bool large = false) {
  return NestedEntry::leaf(format, Mfn{0x200}, type, large).raw() & 0xfff;
}

TEST(EptFormat, memory_is_write_back_and_may_be_used_in_each_way) {
  EXPECT_EQ(bits_of(P2mType::ram), 0x337u);
  EXPECT_EQ(bits_of(P2mType::ram, true), 0x3b7u);
  EXPECT_EQ(bits_of(P2mType::foreign), 0x337u);
}

TEST(EptFormat, registers_of_devices_are_uncached) { EXPECT_EQ(bits_of(P2mType::mmio_direct), 0x307u); }

TEST(EptFormat, what_is_read_only_has_no_write_bit) {
  for (P2mType type : {P2mType::ram_read_only, P2mType::logdirty, P2mType::ioreq_server}) EXPECT_EQ(bits_of(type), 0x135u);
}

TEST(EptFormat, granted_memory_is_not_executable) {
  EXPECT_EQ(bits_of(P2mType::grant_writable), 0x333u);
  EXPECT_EQ(bits_of(P2mType::grant_read_only), 0x131u);
}

// Write without read, or a memory type that does not exist, is a misconfiguration.
TEST(EptFormat, no_entry_is_a_misconfiguration) {
  for (unsigned i = 1; i < arch::p2m_type_count; ++i) {
    u64 bits = format.leaf[i];
    EXPECT_TRUE(bits & 1);
    u64 memory_type = bits >> 3 & 7;
    EXPECT_TRUE(memory_type == 0 || memory_type == 6);
    EXPECT_EQ(bits & NestedEntry::common_bits(), 0u);
  }
}

TEST(EptFormat, entries_give_back_what_was_put_in) {
  for (unsigned i = 1; i <= static_cast<unsigned>(P2mType::ioreq_server); ++i) {
    auto entry = NestedEntry::leaf(format, Mfn{0xabcdef123}, static_cast<P2mType>(i), i % 2 == 0);
    EXPECT_EQ(entry.mfn(), Mfn{0xabcdef123});
    EXPECT_EQ(entry.type(), static_cast<P2mType>(i));
    EXPECT_EQ(entry.is_large(), i % 2 == 0);
  }
}

TEST(EptFormat, a_table_has_no_memory_type) {
  auto entry = NestedEntry::table(format, Mfn{7});
  EXPECT_EQ(entry.raw(), 0x7007u);
  EXPECT_FALSE(entry.is_large());
}

TEST(EptFormat, the_pointer_tells_four_levels) {
  EXPECT_EQ(ept_pointer(Mfn{0x1234}, false), 0x123401eu);
  EXPECT_EQ(ept_pointer(Mfn{0x1234}, true), 0x123405eu);
}

}  // namespace
}  // namespace xenolith::vmx
