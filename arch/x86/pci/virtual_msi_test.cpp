// SPDX-License-Identifier: MIT
#include "arch/x86/pci/virtual_msi.hpp"

#include <gtest/gtest.h>

#include <arch/fake.hpp>

#include "arch/x86/pci/test_domain.hpp"

namespace xenolith::pci {
namespace {
using fake::Function;

constexpr Sbdf device{0, 0, 0x18};
constexpr u16 cap = Function::msi_at;

struct Msi : ::testing::Test {
  fake::TestBed bed;
  Function& function = bed.bus[device];

  void start(unsigned order = 3, u16 flags = msi::is_64_bit | msi::has_masks) {
    function.with_msi(order, flags);
    bed.start();
    ASSERT_TRUE(bed.pci->enumerate());
  }
  void program(u32 address, u16 data) {
    bed.write(device, cap + 4, 4, address);
    if (function.msi_data_at() == cap + 12) bed.write(device, cap + 8, 4, 0);
    bed.write(device, function.msi_data_at(), 2, data);
  }
  void enable(unsigned order = 0) { bed.write(device, cap + 2, 2, 1 | order << 4); }
};

TEST_F(Msi, GuestSeesItsMessageTheDeviceOurs) {
  start();
  program(0xfee01000, 0x4321);
  EXPECT_EQ(bed.machine->vectors_in_use(), 0u);
  enable();
  EXPECT_TRUE(function.msi_enabled());
  EXPECT_TRUE(bed.is_host_message(function.msi_message()));
  EXPECT_EQ(bed.read(device, cap + 4, 4), 0xfee01000u);
  EXPECT_EQ(bed.read(device, cap + 12, 2), 0x4321u);
  EXPECT_EQ(bed.read(device, cap + 13, 1), 0x43u);
  function.raise_msi(*bed.machine);
  bed.run();
  ASSERT_EQ(bed.guest.received.size(), 1u);
  EXPECT_EQ(bed.guest.received[0], (irq::MsiMessage{0xfee01000, 0x4321}));
}

TEST_F(Msi, ThirtyTwoBitLayoutWithoutMasks) {
  start(0, 0);
  program(0xfee02000, 0x55);
  enable();
  EXPECT_TRUE(bed.is_host_message(function.msi_message()));
  EXPECT_EQ(bed.read(device, cap + 8, 2), 0x55u);
  irq::MsiMessage before = function.msi_message();
  program(0xfee03000, 0x66);
  EXPECT_EQ(function.msi_message(), before) << "cannot be moved safely while it may send";
  function.raise_msi(*bed.machine);
  bed.run();
  EXPECT_EQ(bed.guest.received.back(), (irq::MsiMessage{0xfee03000, 0x66}));
}

TEST_F(Msi, SeveralMessages) {
  start(3);
  program(0xfee01000, 0x40);
  enable(2);
  EXPECT_EQ(bed.machine->vectors_in_use(), 4u);
  EXPECT_EQ(function.msi_message().data % 4, 0u);
  function.raise_msi(*bed.machine, 3);
  bed.run();
  EXPECT_EQ(bed.guest.received.back().data, 0x43u);
  enable(5);  // more than the function can
  EXPECT_EQ(msi::Enabled::get(bed.read(device, cap + 2, 2)), 3u);
  EXPECT_EQ(bed.vectors_in_use(), 8u);
}

TEST_F(Msi, DisablingReturnsTheVectors) {
  start();
  program(0xfee01000, 0x40);
  enable();
  bed.write(device, cap + 2, 2, 0);
  EXPECT_FALSE(function.msi_enabled());
  EXPECT_EQ(bed.vectors_in_use(), 0u);
  enable();
  function.raise_msi(*bed.machine);
  bed.run();
  EXPECT_EQ(bed.guest.received.size(), 1u);
}

TEST_F(Msi, FollowsTheGuestsAffinityMaskedMeanwhile) {
  start();
  program(0xfee01000, 0x40);
  enable();
  EXPECT_EQ(function.msi_message().address, 0xfee01000u);
  bed.write(device, cap + 16, 4, 0);
  bed.write(device, cap + 4, 4, 0xfee03000);
  EXPECT_EQ(function.msi_message().address, 0xfee03000u);
  EXPECT_EQ(function.get(cap + 16), 0u) << "the guest's mask is back";
  EXPECT_EQ(bed.machine->vectors_in_use(), 2u);
  function.raise_msi(*bed.machine);
  bed.run();
  EXPECT_EQ(bed.vectors_in_use(), 1u);
  EXPECT_EQ(bed.guest.received.size(), 1u);
}

TEST_F(Msi, MaskBitsAreTheDevices) {
  start();
  bed.write(device, cap + 16, 4, 0x5a);
  EXPECT_EQ(function.get(cap + 16), 0x5au);
  bed.write(device, cap + 17, 1, 0x7);
  EXPECT_EQ(bed.read(device, cap + 16, 4), 0x75au);
}

TEST_F(Msi, SurvivesReset) {
  start();
  program(0xfee01000, 0x40);
  enable();
  function.reset();
  EXPECT_EQ(bed.read(device, cap + 2, 2) & 1, 0u) << "the reset shows";
  program(0xfee01000, 0x40);
  enable();
  EXPECT_TRUE(bed.is_host_message(function.msi_message()));
  function.raise_msi(*bed.machine);
  bed.run();
  EXPECT_EQ(bed.guest.received.size(), 1u);
  EXPECT_EQ(bed.vectors_in_use(), 1u);
}

TEST_F(Msi, WithoutVectorsItStaysDisabled) {
  start();
  program(0xfee01000, 0x40);
  for (int n = 0;; ++n) {
    xenolith::fake::fail_allocation(n);
    enable();
    xenolith::fake::fail_allocation(-1);
    if (function.msi_enabled()) break;
    EXPECT_EQ(bed.read(device, cap + 2, 2) & 1, 0u);
    EXPECT_EQ(bed.vectors_in_use(), 0u);
    ASSERT_LT(n, 5);
  }
  EXPECT_EQ(bed.vectors_in_use(), 1u);
}

TEST_F(Msi, FirmwaresSettingIsRemoved) {
  function.with_msi();
  function.write(cap + 2, 2, 1);
  bed.start();
  ASSERT_TRUE(bed.pci->enumerate());
  EXPECT_FALSE(function.msi_enabled());
}

}  // namespace
}  // namespace xenolith::pci
