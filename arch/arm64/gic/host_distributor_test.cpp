// SPDX-License-Identifier: MIT
#include "arch/arm64/gic/host_distributor.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "arch/arm64/gic/fakes.hpp"
#include "arch/arm64/gic/layout.hpp"

namespace xenolith::gic {
namespace {

using Write = FakeRegisters::Write;
bool wrote(const FakeRegisters& registers, Write write) {
  return std::find(registers.writes.begin(), registers.writes.end(), write) != registers.writes.end();
}

TEST(HostDistributor, StartsWithAllSharedInterruptsOff) {
  FakeDistributorRegisters registers;
  registers.words[0x004] = 2;  // 96 interrupts
  registers.words[0x104] = ~0u;
  registers.words[0x108] = ~0u;
  HostDistributor distributor{Version::v2, registers};
  distributor.initialise(1);
  EXPECT_EQ(distributor.interrupts(), 96u);
  EXPECT_EQ(registers.words[0x104], 0u);
  EXPECT_EQ(registers.words[0x108], 0u);
  EXPECT_EQ(registers.words[0x400 + 92], 0xa0a0'a0a0u);
  EXPECT_EQ(registers.words[0x800 + 32], 0x0101'0101u);
  EXPECT_EQ(registers.words[0x800], 0u);  // not of its concern
  EXPECT_EQ(registers.writes.front(), (Write{0, 0}));
  EXPECT_EQ(registers.writes.back(), (Write{0, 1}));
}

TEST(HostDistributor, ReachesCpusByAffinityOnGicV3) {
  FakeDistributorRegisters registers;
  registers.words[0x004] = 31;
  HostDistributor distributor{Version::v3, registers};
  distributor.initialise(0x1'0002);
  EXPECT_EQ(distributor.interrupts(), 1020u);
  EXPECT_EQ(registers.words[0x6000 + 8 * 40], 0x1'0002u);
  EXPECT_FALSE(wrote(registers, {0x6000 + 8 * 1020, 0x1'0002}));
  EXPECT_EQ(registers.writes.back(), (Write{0, 0x12}));
}

TEST(HostDistributor, SettingsOfOneInterrupt) {
  FakeDistributorRegisters registers;
  HostDistributor distributor{Version::v2, registers};
  distributor.set_enabled(Intid{41}, true);
  EXPECT_EQ(registers.writes.back(), (Write{0x104, 1u << 9}));
  EXPECT_TRUE(distributor.is_enabled(Intid{41}) && !distributor.is_enabled(Intid{40}));
  distributor.set_enabled(Intid{41}, false);
  EXPECT_EQ(registers.writes.back(), (Write{0x184, 1u << 9}));
  registers.words[0xc08] = 0xffff'ffff;
  distributor.set_trigger(Intid{41}, Trigger::level);
  EXPECT_EQ(registers.words[0xc08], 0xfff7'ffffu);
  distributor.set_trigger(Intid{41}, Trigger::edge);
  EXPECT_EQ(registers.words[0xc08], 0xffff'ffffu);
  distributor.set_pending(Intid{41}, true);
  EXPECT_EQ(registers.writes.back(), (Write{0x204, 1u << 9}));
  distributor.set_active(Intid{27}, false);
  EXPECT_EQ(registers.writes.back(), (Write{0x380, 1u << 27}));
  distributor.route(Intid{41}, 4);
  EXPECT_EQ(registers.writes.back(), (Write{0x829, 4}));
}

TEST(HostDistributor, FindsItsCpusBitInAnyField) {
  FakeDistributorRegisters registers;
  HostDistributor distributor{Version::v2, registers};
  EXPECT_EQ(distributor.this_cpu_bit(), 0u);  // the only CPU
  registers.words[0x808] = 0x0400'0000;
  EXPECT_EQ(distributor.this_cpu_bit(), 4u);
  distributor.send_sgi(0x04, Intid{1});
  EXPECT_EQ(registers.writes.back(), (Write{0xf00, 0x0004'0001}));
}

TEST(HostDistributor, PrivateInterruptsStartOffButSgis) {
  FakeDistributorRegisters registers;
  registers.words[0x100] = 0xffff'0000;
  HostDistributor distributor{Version::v2, registers};
  distributor.initialise_private();
  distributor.initialise(1);
  for (const Write& write : registers.writes) EXPECT_FALSE(write.offset >= 0x080 && write.offset < 0x100) << "groups";
  EXPECT_EQ(registers.words[0x100], 0xffffu);
  EXPECT_EQ(registers.words[0x41c], 0xa0a0'a0a0u);
}

TEST(Layout, RepeatedPagesAreFoundByTheirIdentification) {
  FakeRegisters registers;
  registers.words[0x0fc] = 0x0202'143b;
  EXPECT_EQ(cpu_interface_offset(registers, 0x2'0000), 0u);
  registers.words[0xf0fc] = 0x0202'143b;
  EXPECT_EQ(cpu_interface_offset(registers, 0x2'0000), 0xf000u);
  EXPECT_EQ(cpu_interface_offset(registers, 0x1'0000), 0u);
}

}  // namespace
}  // namespace xenolith::gic
