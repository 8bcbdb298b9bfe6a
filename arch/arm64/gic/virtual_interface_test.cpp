// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "arch/arm64/gic/fakes.hpp"
#include "arch/arm64/gic/virtual_interface_hardware.hpp"

namespace xenolith::gic {
namespace {

TEST(VirtualInterfaceV2, InitialisedEmpty) {
  FakeRegisters registers;
  registers.words[0x004] = 3;
  registers.words[0x10c] = 0x1234;
  registers.words[0x000] = 1;
  VirtualInterfaceV2 interface{registers};
  interface.initialise();
  EXPECT_EQ(interface.list_registers(), 4u);
  EXPECT_EQ(registers.words[0x10c], 0u);
  EXPECT_EQ(registers.words[0x000], 0u);
  registers.words[0x004] = 63;
  interface.initialise();
  EXPECT_EQ(interface.list_registers(), 16u);
}

TEST(VirtualInterfaceV2, ControlAndState) {
  FakeRegisters registers;
  VirtualInterfaceV2 interface{registers};
  interface.enable(true);
  EXPECT_EQ(registers.words[0x000], 9u);
  registers.words[0x000] |= 5u << 27;
  EXPECT_EQ(interface.ends_without_list(), 5u);
  interface.enable(false);
  EXPECT_EQ(registers.words[0x000], 1u);
  VirtualInterfaceState state{.control = 0xf800'0001, .active_priorities_1 = {7}};
  interface.load(state);
  EXPECT_EQ(registers.words[0x008], 0xf800'0001u);
  EXPECT_EQ(registers.words[0x0f0], 7u);
  registers.words[0x008] = 0x1;
  interface.save(state);
  EXPECT_EQ(state.control, 1u);
  ListRegister value{.intid = 40, .physical = 40, .priority = 0xa0, .pending = true, .hardware = true};
  interface.write_list(2, value);
  EXPECT_EQ(registers.words[0x108], encode_v2(value));
  EXPECT_EQ(interface.read_list(2), value);
}

TEST(VirtualInterfaceV3, ControlAndState) {
  FakeSystemRegisters registers;
  registers[SystemRegister::ich_vtr] = u64{5} << 26 | 15;  // six bits of preemption
  VirtualInterfaceV3 interface{registers};
  interface.initialise();
  EXPECT_EQ(interface.list_registers(), 16u);
  interface.load({.control = 0x10, .active_priorities_0 = {1, 2, 3, 4}, .active_priorities_1 = {5, 6, 7, 8}});
  EXPECT_EQ(registers[SystemRegister::ich_ap0r1], 2u);
  EXPECT_EQ(registers[SystemRegister::ich_ap0r2], 0u);  // is not there
  EXPECT_EQ(registers[SystemRegister::ich_ap1r1], 6u);
  EXPECT_EQ(registers[SystemRegister::icc_sre_el1], 7u);
  interface.enable(true);
  EXPECT_EQ(registers[SystemRegister::ich_hcr], 9u);
  interface.disable();
  EXPECT_EQ(registers[SystemRegister::ich_hcr], 0u);
  EXPECT_FALSE(registers.unsynchronized);
  ListRegister value{.intid = 27, .physical = 27, .priority = 0xa0, .active = true, .hardware = true, .group1 = true};
  interface.write_list(15, value);
  EXPECT_EQ(registers[SystemRegister::ich_lr0 + 15], encode_v3(value));
  EXPECT_EQ(interface.read_list(15), value);
}

TEST(GuestMask, BothForms) {
  GuestMask v2 = guest_mask(Version::v2, 0xf000'0001);
  EXPECT_TRUE(v2.priority == 0xf0 && v2.group0 && !v2.group1);
  GuestMask v3 = guest_mask(Version::v3, 0xf800'0002);
  EXPECT_TRUE(v3.priority == 0xf8 && !v3.group0 && v3.group1);
}

}  // namespace
}  // namespace xenolith::gic
