// SPDX-License-Identifier: MIT
#include "arch/x86/pci/virtual_msix.hpp"

#include <gtest/gtest.h>

#include <arch/fake.hpp>

#include "arch/x86/pci/test_domain.hpp"

namespace xenolith::pci {
namespace {
using fake::Function;

constexpr Sbdf device{0, 0, 0x18};
constexpr u16 cap = Function::msix_at;
constexpr u64 base = 0xe0000000;
constexpr u64 table = base + Function::table_offset;

struct Msix : ::testing::Test {
  fake::TestBed bed;
  Function& function = bed.bus[device];

  void start() {
    function.with_msix();
    bed.start();
    ASSERT_TRUE(bed.pci->enumerate());
    set_command(2);
  }
  void set_command(u16 value) { bed.write(device, command_register, 2, value); }
  void set_control(u16 value) { bed.write(device, cap + 2, 2, value); }
  void program(unsigned entry, u32 address, u32 data, u64 at = table) {
    bed.store(at + 16 * entry, address);
    bed.store(at + 16 * entry + 4, 0);
    bed.store(at + 16 * entry + 8, data);
  }
  void mask(unsigned entry, bool masked, u64 at = table) { bed.store(at + 16 * entry + 12, masked); }
};

TEST_F(Msix, TableIsTheGuestsInReadingOursInTheDevice) {
  start();
  EXPECT_TRUE(bed.guest.is_trapped(table));
  EXPECT_EQ(bed.guest.trapped.size(), 1u);
  program(2, 0xfee01000, 0x77);
  EXPECT_EQ(bed.load(table + 32), 0xfee01000u);
  EXPECT_EQ(bed.load(table + 40, 8), (u64{1} << 32) | 0x77);
  EXPECT_EQ(function.msix_message(2), (irq::MsiMessage{0, 0}));
  set_control(msix::enable);
  EXPECT_EQ(bed.machine->vectors_in_use(), 0u);
  mask(2, false);
  EXPECT_TRUE(function.msix_live(2));
  EXPECT_TRUE(bed.is_host_message(function.msix_message(2)));
  function.raise_msix(2);
  bed.run();
  ASSERT_EQ(bed.guest.received.size(), 1u);
  EXPECT_EQ(bed.guest.received[0], (irq::MsiMessage{0xfee01000, 0x77}));
}

TEST_F(Msix, WhatIsMaskedWaitsInTheDevice) {
  start();
  program(0, 0xfee01000, 0x77);
  set_control(msix::enable);
  mask(0, false);
  mask(0, true);
  function.raise_msix(0);
  bed.run();
  EXPECT_TRUE(bed.guest.received.empty());
  EXPECT_TRUE(function.pending[0]);
  bed.store(table, 0xfee02000);
  mask(0, false);
  bed.run();
  EXPECT_EQ(bed.guest.received.size(), 1u);
  EXPECT_EQ(bed.guest.received[0].address, 0xfee02000u);

  set_control(msix::enable | msix::function_mask);
  function.raise_msix(0);
  bed.run();
  EXPECT_EQ(bed.guest.received.size(), 1u);
  set_control(msix::enable);
  bed.run();
  EXPECT_EQ(bed.guest.received.size(), 2u);
}

TEST_F(Msix, UnmaskedBeforeEnabling) {
  start();
  program(1, 0xfee01000, 0x31);
  mask(1, false);
  EXPECT_FALSE(function.msix_live(1));
  set_control(msix::enable);
  EXPECT_TRUE(function.msix_live(1));
  EXPECT_TRUE(bed.is_host_message(function.msix_message(1)));
}

TEST_F(Msix, AffinityMovesTheHostInterruptToo) {
  start();
  program(1, 0xfee01000, 0x31);
  set_control(msix::enable);
  mask(1, false);
  EXPECT_EQ(function.msix_message(1).address, 0xfee01000u);
  bed.store(table + 16, 0xfee03000);
  EXPECT_EQ(function.msix_message(1).address, 0xfee03000u);
  EXPECT_TRUE(function.msix_live(1));
  function.raise_msix(1);
  bed.run();
  EXPECT_EQ(bed.vectors_in_use(), 1u);
}

TEST_F(Msix, DisablingReturnsTheVectors) {
  start();
  set_control(msix::enable);
  for (unsigned i = 0; i < 8; ++i) {
    program(i, 0xfee01000, 0x31 + i);
    mask(i, false);
  }
  EXPECT_EQ(bed.vectors_in_use(), 8u);
  set_control(0);
  EXPECT_EQ(bed.vectors_in_use(), 0u);
  set_control(msix::enable);
  EXPECT_EQ(bed.vectors_in_use(), 8u) << "entries are still unmasked";
  bed.pci.reset();
  EXPECT_EQ(bed.vectors_in_use(), 0u);
  EXPECT_TRUE(bed.guest.trapped.empty());
}

TEST_F(Msix, TrapsFollowTheTable) {
  start();
  program(0, 0xfee01000, 0x31);
  set_control(msix::enable);
  mask(0, false);
  set_command(0);
  EXPECT_TRUE(bed.guest.trapped.empty());
  bed.write(device, first_bar_register, 4, ~u32{0});
  EXPECT_EQ(bed.read(device, first_bar_register, 4), ~u32(Function::bar_size - 1) | 4u);
  bed.write(device, first_bar_register, 4, 0xd0000000);
  set_command(2);
  constexpr u64 moved = 0xd0000000 + Function::table_offset;
  EXPECT_TRUE(bed.guest.is_trapped(moved));
  EXPECT_EQ(bed.guest.trapped.size(), 1u);
  EXPECT_TRUE(function.msix_live(0));
  mask(0, true, moved);
  EXPECT_FALSE(function.msix_live(0));

  bed.write(device, first_bar_register, 4, 0xc0000000);  // while it decodes
  EXPECT_TRUE(function.decodes());
  EXPECT_TRUE(bed.guest.is_trapped(0xc0000000 + Function::table_offset));
  EXPECT_EQ(bed.guest.trapped.size(), 1u);
  bed.write(device, first_bar_register, 4, ~u32{0});
  EXPECT_TRUE(bed.guest.trapped.empty());
  bed.write(device, first_bar_register, 4, 0xc0000000);
  EXPECT_EQ(bed.guest.trapped.size(), 1u);
}

TEST_F(Msix, EnabledWhileTheTableIsNowhere) {
  start();
  program(0, 0xfee01000, 0x31);
  mask(0, false);
  set_command(0);
  set_control(msix::enable);
  EXPECT_FALSE(function.msix_live(0));
  EXPECT_EQ(bed.read(device, cap + 2, 2) & (msix::enable | msix::function_mask), msix::enable);
  set_command(2);
  EXPECT_TRUE(function.msix_live(0));
  EXPECT_TRUE(bed.is_host_message(function.msix_message(0)));
}

TEST_F(Msix, ATableInRamIsNeverWritten) {
  start();
  set_command(0);
  bed.write(device, first_bar_register, 4, 0x10000000);
  unsigned writes = bed.bus.memory_writes;
  set_command(2);
  set_control(msix::enable);
  EXPECT_TRUE(bed.guest.trapped.empty());
  EXPECT_EQ(bed.bus.memory_writes, writes);
}

TEST_F(Msix, WithoutTrapsNoDecoding) {
  function.with_msix();
  bed.start();
  ASSERT_TRUE(bed.pci->enumerate());
  bed.guest.refuse_traps = true;
  set_command(6);
  EXPECT_EQ(function.get(command_register, 2), 4u);
  bed.guest.refuse_traps = false;
  set_command(6);
  EXPECT_EQ(function.get(command_register, 2), 6u);
  bed.guest.refuse_traps = true;
  bed.write(device, first_bar_register, 4, 0xd0000000);
  EXPECT_EQ(function.get(command_register, 2), 4u);
  EXPECT_TRUE(bed.guest.trapped.empty());
}

TEST_F(Msix, SurvivesReset) {
  start();
  program(0, 0xfee01000, 0x31);
  set_control(msix::enable);
  mask(0, false);
  function.reset();
  EXPECT_EQ(bed.read(device, cap + 2, 2) & msix::enable, 0u);
  set_command(2);
  set_control(msix::enable | msix::function_mask);
  program(0, 0xfee01000, 0x31);
  mask(0, false);
  set_control(msix::enable);
  EXPECT_TRUE(function.msix_live(0));
  EXPECT_TRUE(bed.is_host_message(function.msix_message(0)));
  EXPECT_EQ(bed.vectors_in_use(), 1u);
}

TEST_F(Msix, BesideTheTableEverythingPassesThrough) {
  start();
  bed.store(table + 0x800, 0x1234);
  EXPECT_EQ(function.other[Function::table_offset + 0x800], 0x1234u);
  bed.store(base + Function::pba_offset, 0x99, 8);
  EXPECT_EQ(bed.load(base + Function::pba_offset, 8), 0x99u);
  EXPECT_EQ(bed.load(table, 1), 0u) << "no such access to a table";
  u64 value = 0;
  EXPECT_FALSE(bed.pci->memory_access(GuestPhysical{table + 1}, 4, false, value));
  EXPECT_FALSE(bed.pci->memory_access(GuestPhysical{0x1000}, 4, true, value)) << "RAM";
  EXPECT_FALSE(bed.pci->memory_access(GuestPhysical{table}, 3, true, value));
}

TEST_F(Msix, WithoutVectorsTheEntryStaysMasked) {
  start();
  set_control(msix::enable);
  program(0, 0xfee01000, 0x31);
  for (int n = 0;; ++n) {
    xenolith::fake::fail_allocation(n);
    mask(0, false);
    xenolith::fake::fail_allocation(-1);
    if (function.msix_live(0)) break;
    EXPECT_EQ(bed.vectors_in_use(), 0u);
    ASSERT_LT(n, 5);
  }
  EXPECT_TRUE(bed.is_host_message(function.msix_message(0)));
}

TEST_F(Msix, TwoTablesInOnePage) {
  start();
  constexpr Sbdf second{0, 0, 0x20};
  bed.bus[second].with_msix(4, base + 0x4000);
  bed.bus[second].put(Function::msix_at + 4, Function::table_offset, 0);
  bed.bus[second].put(first_bar_register, (base + 0x200) | 4, 0xffffff00);
  ASSERT_TRUE(bed.pci->add(second));
  bed.write(second, command_register, 2, 2);
  EXPECT_EQ(bed.guest.trapped.size(), 1u);
  set_command(0);
  EXPECT_EQ(bed.guest.trapped.size(), 1u) << "the other table is still there";
  ASSERT_TRUE(bed.pci->remove(second));
  EXPECT_TRUE(bed.guest.trapped.empty());
}

}  // namespace
}  // namespace xenolith::pci
