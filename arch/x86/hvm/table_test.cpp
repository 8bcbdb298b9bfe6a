// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "arch/x86/hvm/mmio_table.hpp"
#include "arch/x86/hvm/port_table.hpp"
#include "core/base/bits.hpp"

namespace xenolith::hvm {
namespace {

class Port final : public PortHandler {
 public:
  Attempt<u32> read(Vcpu&, u16, unsigned) override { return u32{0}; }
  Outcome write(Vcpu&, u16, unsigned, u32) override { return Outcome::done(); }
};

class Page final : public MmioHandler {
 public:
  explicit Page(u64 base) : base_{base} {}
  bool contains(GuestPhysical address) const override { return align_down(address.raw(), page_size) == base_; }
  Attempt<u64> read(Vcpu&, GuestPhysical, unsigned) override { return u64{0}; }
  Outcome write(Vcpu&, GuestPhysical, unsigned, u64) override { return Outcome::done(); }

 private:
  u64 base_;
};

TEST(PortTable, FindsTheHandlerOfAPort) {
  Port a, b;
  PortTable table;
  ASSERT_TRUE(table.add(0x40, 0x43, a));
  ASSERT_TRUE(table.add(0xffff, 0xffff, b));
  EXPECT_EQ(table.find(0x3f), nullptr);
  EXPECT_EQ(table.find(0x40), &a);
  EXPECT_EQ(table.find(0x43), &a);
  EXPECT_EQ(table.find(0x44), nullptr);
  EXPECT_EQ(table.find(0xffff), &b);
}

TEST(PortTable, RefusesOverlaps) {
  Port a;
  PortTable table;
  ASSERT_TRUE(table.add(0x40, 0x43, a));
  EXPECT_EQ(table.add(0x43, 0x50, a).error(), XEN_EEXIST);
  EXPECT_EQ(table.add(0x00, 0x100, a).error(), XEN_EEXIST);
  EXPECT_EQ(table.add(0x50, 0x4f, a).error(), XEN_EINVAL);
  EXPECT_TRUE(table.add(0x44, 0x44, a));
}

TEST(MmioTable, AsksLaterHandlersFirst) {
  Page a{0x1000}, b{0x1000}, c{0x2000};
  MmioTable table;
  EXPECT_EQ(table.find(GuestPhysical{0x1000}), nullptr);
  ASSERT_TRUE(table.add(a));
  ASSERT_TRUE(table.add(c));
  EXPECT_EQ(table.find(GuestPhysical{0x1fff}), &a);
  ASSERT_TRUE(table.add(b));
  EXPECT_EQ(table.find(GuestPhysical{0x1fff}), &b);
  EXPECT_EQ(table.find(GuestPhysical{0x2000}), &c);
}

}  // namespace
}  // namespace xenolith::hvm
