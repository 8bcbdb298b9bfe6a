// SPDX-License-Identifier: MIT
#include "core/device_tree/tree.hpp"

#include "core/device_tree/test_tree.hpp"

namespace xenolith {
namespace {

Result<DeviceTree> open(TestBlob& blob, std::span<DeviceTree::Entry> entries) { return DeviceTree::open(blob.bytes(), entries); }

TEST(DeviceTree, FindsNodesByPathAndAlias) {
  TestTree test{"virt"};
  EXPECT_EQ(test.find("/pl011@9000000").name(), "pl011@9000000");
  EXPECT_EQ(test.find("/pl011").name(), "pl011@9000000");
  EXPECT_EQ(test.find("/pl011").base_name(), "pl011");
  EXPECT_EQ(test.find("serial0"), test.find("/pl011@9000000"));
  EXPECT_EQ(test.find("/"), test.tree().root());
  EXPECT_FALSE(test.find("/pl011@9000001"));
  EXPECT_FALSE(test.find("serial9"));
  EXPECT_FALSE(test.find(""));
}

TEST(DeviceTree, KnowsRelatives) {
  TestTree test{"virt"};
  DeviceTreeNode its = test.find("/intc/its");
  EXPECT_EQ(its.parent(), test.find("/intc"));
  EXPECT_TRUE(its.is_below(test.tree().root()));
  EXPECT_FALSE(its.is_below(test.find("/psci")));
  EXPECT_EQ(test.tree().by_phandle(its.phandle()), its);
  EXPECT_FALSE(test.tree().by_phandle(0));
  EXPECT_FALSE(test.tree().root().parent());
  std::array<char, 64> text;
  EXPECT_EQ(its.path(text), "/intc@8000000/its@8080000");
  EXPECT_EQ(its.path(std::span{text}.first(5)), "/intc");
  EXPECT_EQ(test.tree().end_of(test.find("/cpus")), test.find("/psci").index());
}

TEST(DeviceTree, ReadsProperties) {
  TestTree test{"virt"};
  DeviceTreeNode gic = test.find("/intc");
  EXPECT_TRUE(gic.is_compatible("arm,gic-v3"));
  EXPECT_EQ(gic.property("#interrupt-cells").cell(0).value_or(0), 3U);
  EXPECT_EQ(gic.property("reg").number(8, 2).value_or(0), 0x4000000000U);
  EXPECT_EQ(gic.property("reg").number(8, 3).error(), XEN_ERANGE);
  EXPECT_EQ(gic.property("reg").number(15, 2).error(), XEN_EINVAL);
  EXPECT_FALSE(gic.has("no such"));
  DeviceTreeProperty names = test.find("serial0").property("clock-names");
  EXPECT_EQ(names.text(), "uartclk");
  EXPECT_EQ(names.index_of_string("apb_pclk"), 1U);
  EXPECT_FALSE(names.has_string("apb"));
}

TEST(DeviceTree, NoNodeHasNothing) {
  DeviceTreeNode none;
  EXPECT_FALSE(none);
  EXPECT_FALSE(none.parent());
  EXPECT_FALSE(none.child("a"));
  EXPECT_FALSE(none.has("a"));
  EXPECT_EQ(none.name(), "");
}

TEST(DeviceTree, RefusesWhatIsCutShort) {
  TestBlob whole = TestBlob::load("virt");
  std::vector<DeviceTree::Entry> entries(256);
  for (size_t size = 0; size < whole.bytes().size(); size += 7) {
    TestBlob part{size};
    std::copy_n(whole.bytes().begin(), size, part.bytes().begin());
    EXPECT_EQ(open(part, entries).error(), XEN_EINVAL) << size;
  }
}

TEST(DeviceTree, RefusesMoreNodesThanItHasRoomFor) {
  TestBlob blob = TestBlob::load("virt");
  std::vector<DeviceTree::Entry> entries(5);
  EXPECT_EQ(open(blob, entries).error(), XEN_ENOSPC);
}

// A length that makes libfdt 1.6 stay where it is.
TEST(DeviceTree, RefusesAPropertyThatLeadsBackToItself) {
  TestBlob blob = TestBlob::load("virt");
  std::span<u8> bytes = blob.bytes();
  u32 structure = __builtin_bswap32(peek<u32>(bytes, 8));
  u8* property = bytes.data() + structure + 8;
  ASSERT_EQ(property[3], 3);
  for (u32 length : {0xfffffff4U, 0xfffffff0U, 0x7fffffffU, 0xffffffffU}) {
    u32 raw = __builtin_bswap32(length);
    std::memcpy(property + 4, &raw, 4);
    std::vector<DeviceTree::Entry> entries(256);
    EXPECT_EQ(open(blob, entries).error(), XEN_EINVAL) << length;
  }
}

TEST(DeviceTree, SaysHowMuchToMap) {
  TestBlob blob = TestBlob::load("virt");
  EXPECT_EQ(DeviceTree::size_of(blob.bytes()).value_or(0), blob.bytes().size());
  EXPECT_TRUE(DeviceTree::size_of(blob.bytes().first(DeviceTree::header_size)));
  u32 huge = __builtin_bswap32(3U << 20);
  std::memcpy(blob.bytes().data() + 4, &huge, 4);
  EXPECT_FALSE(DeviceTree::size_of(blob.bytes()));
}

}  // namespace
}  // namespace xenolith
