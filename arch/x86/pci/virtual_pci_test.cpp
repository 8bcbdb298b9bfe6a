// SPDX-License-Identifier: MIT
#include "arch/x86/pci/virtual_pci.hpp"

#include <gtest/gtest.h>

#include <arch/fake.hpp>

#include "arch/x86/pci/capability.hpp"
#include "arch/x86/pci/physdev.hpp"
#include "arch/x86/pci/test_domain.hpp"

namespace xenolith::pci {
namespace {
using fake::Function;

constexpr Sbdf bridge{0, 0, 0x08}, behind{0, 3, 0x00};

void make_bridge(Function& f, u8 secondary) {
  f.put(0x0c, u32{1} << 16, 0);
  f.put(bus_numbers_register, u32{secondary} << 8 | u32{secondary} << 16, 0x00ffffff);
}

struct Pci : ::testing::TestWithParam<bool> {
  fake::TestBed bed{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Mechanism, Pci, ::testing::Bool(), [](auto& i) { return i.param ? "Ecam" : "Ports"; });

TEST_P(Pci, EnumeratesThroughBridgesAndFunctions) {
  bed.bus[Sbdf{0, 0, 0}];
  make_bridge(bed.bus[bridge], 3);
  bed.bus[behind].put(0x0c, u32{0x80} << 16, 0);
  bed.bus[Sbdf{0, 3, 5}];
  bed.bus[Sbdf{0, 0, 0x19}];  // function 1 of a device without function 0
  bed.start();
  ASSERT_TRUE(bed.pci->enumerate());
  EXPECT_EQ(bed.pci->count(), 4u);
}

TEST_P(Pci, BridgeLoopsEnd) {
  make_bridge(bed.bus[bridge], 3);
  make_bridge(bed.bus[behind], 0);
  make_bridge(bed.bus[Sbdf{0, 3, 8}], 3);
  bed.start();
  ASSERT_TRUE(bed.pci->enumerate());
  EXPECT_EQ(bed.pci->count(), 3u);
}

TEST_P(Pci, CapabilityLoopsEnd) {
  Function& f = bed.bus[bridge];
  f.chain(0x50);
  f.bytes[0x50] = 0x01;
  f.bytes[0x51] = 0x50;
  f.put(0x100, 0x10010001, 0);  // extended: points at itself
  EXPECT_FALSE(find_capability(bed.config, bridge, msi_capability));
  EXPECT_FALSE(find_extended_capability(bed.config, bridge, sriov_capability));
  EXPECT_EQ(find_capability(bed.config, bridge, 1), 0x50);
}

TEST_P(Pci, UnknownFunctionsAreFoundWhenWritten) {
  bed.start();
  bed.bus[bridge].with_msi();
  bed.write(bridge, Function::msi_at + 4, 4, 0xfee01000);
  EXPECT_EQ(bed.bus[bridge].msi_message().address, 0u);
  EXPECT_EQ(bed.pci->count(), 1u);
  constexpr Sbdf later{0, 0, 0x30};
  bed.bus[later].with_msi();
  xenolith::fake::fail_allocation(0);
  bed.write(later, Function::msi_at + 4, 4, 0xfee01000);
  xenolith::fake::fail_allocation(-1);
  EXPECT_EQ(bed.bus[later].msi_message().address, 0u) << "dropped rather than passed";
  bed.write(Sbdf{0, 0, 0x88}, 4, 2, 7);
  EXPECT_EQ(bed.read(Sbdf{0, 0, 0x88}, 0, 4), ~u32{0});
}

TEST_P(Pci, CreationMayFailAtEachAllocation) {
  bed.bus[bridge].with_msi().with_msix();
  bed.bus[bridge].write(command_register, 2, 2);
  bed.start();
  size_t heap = xenolith::fake::heap_in_use();
  for (int n = 0;; ++n) {
    xenolith::fake::fail_allocation(n);
    bool done = bool(bed.pci->add(bridge));
    xenolith::fake::fail_allocation(-1);
    if (done) break;
    EXPECT_EQ(xenolith::fake::heap_in_use(), heap);
    EXPECT_TRUE(bed.guest.trapped.empty());
    ASSERT_LT(n, 8);
  }
  EXPECT_FALSE(bed.guest.trapped.empty());
  bed.guest.refuse_traps = true;
  ASSERT_TRUE(bed.pci->remove(bridge));
  EXPECT_EQ(bed.pci->add(bridge).error(), XEN_ENOMEM);
}

TEST_P(Pci, HiddenFunctionsAreNotThere) {
  bed.bus[bridge];
  bed.start();
  ASSERT_TRUE(bed.pci->hide(bridge));
  ASSERT_TRUE(bed.pci->hide(bridge));
  ASSERT_TRUE(bed.pci->enumerate());
  EXPECT_EQ(bed.read(bridge, 0, 4), ~u32{0});
  EXPECT_EQ(bed.read(bridge, 0, 2), 0xffffu);
  bed.write(bridge, command_register, 2, 7);
  EXPECT_EQ(bed.bus[bridge].get(command_register, 2), 0u);
  EXPECT_EQ(bed.pci->add(bridge).error(), XEN_ENODEV);
  EXPECT_EQ(bed.pci->remove(bridge).error(), XEN_ENODEV);
  bed.bus[behind];
  ASSERT_TRUE(bed.pci->add(behind));
  EXPECT_EQ(bed.pci->hide(behind).error(), XEN_EBUSY);
}

TEST_P(Pci, BusNumberChangesForgetWhatWasBehind) {
  make_bridge(bed.bus[bridge], 3);
  bed.bus[behind].with_msi();
  bed.start();
  ASSERT_TRUE(bed.pci->enumerate());
  bed.write(behind, Function::msi_at + 2, 2, 1);
  EXPECT_EQ(bed.vectors_in_use(), 1u);
  bed.write(bridge, bus_numbers_register, 4, 0x00030300);
  EXPECT_EQ(bed.pci->count(), 2u) << "nothing changed";
  bed.write(bridge, bus_numbers_register + 1, 1, 5);
  EXPECT_EQ(bed.pci->count(), 1u);
  EXPECT_EQ(bed.vectors_in_use(), 0u);
  EXPECT_FALSE(bed.bus[behind].msi_enabled());
}

TEST_P(Pci, UnusableMsixIsANullCapability) {
  Function& f = bed.bus[bridge].with_msix().with_msi();
  f.put(first_bar_register, 0xc001, ~u32{0xff} | 1);  // an I/O register
  bed.start();
  ASSERT_TRUE(bed.pci->enumerate());
  EXPECT_EQ(bed.read(bridge, Function::msi_at + 1, 1), Function::msix_at);
  EXPECT_EQ(bed.read(bridge, Function::msix_at, 4), 0u);
  bed.write(bridge, Function::msix_at + 2, 2, msix::enable);
  EXPECT_EQ(f.get(Function::msix_at + 2, 2) & msix::enable, 0u);
}

TEST_P(Pci, SriovIsNotOffered) {
  Function& f = bed.bus[bridge];
  f.put(0x100, 0x14010001, 0);
  f.put(0x140, 0x18010010, 0);
  f.put(0x148, 0, ~u32{0});
  bed.start();
  ASSERT_TRUE(bed.pci->add(bridge));
  if (!GetParam()) return;  // the ports do not reach it
  EXPECT_EQ(bed.read(bridge, 0x140, 4), 0x18010000u);
  bed.write(bridge, 0x148, 2, 1);
  EXPECT_EQ(f.get(0x148), 0u);
}

TEST_P(Pci, GuestsPorts) {
  bed.bus[bridge].put(0x40, 0x44332211, ~u32{0});
  bed.start();
  u32 value = 0;
  bed.ports->access(0xcfc, 4, false, value);
  EXPECT_EQ(value, ~u32{0}) << "no address yet";
  value = 0x80000840;
  bed.ports->access(0xcf8, 4, true, value);
  value = 0;
  bed.ports->access(0xcf8, 4, false, value);
  EXPECT_EQ(value, 0x80000840u);
  bed.ports->access(0xcfe, 2, false, value);
  EXPECT_EQ(value, 0x4433u);
  value = 0x99;
  bed.ports->access(0xcfd, 1, true, value);
  EXPECT_EQ(bed.bus[bridge].get(0x40), 0x44339911u);
  bed.ports->access(0xcf9, 1, false, value);
  EXPECT_EQ(value, 0xffu);
  bed.ports->access(0xcfe, 4, false, value);
  EXPECT_EQ(value, ~u32{0}) << "crosses the register";
}

TEST(PciRegions, AreCheckedAndTrapped) {
  fake::TestBed bed;
  bed.start();
  bed.bus[bridge].put(0x200, 0x11223344, ~u32{0});
  EXPECT_EQ(bed.read(bridge, 0x200, 4), ~u32{0});
  physdev_pci_mmcfg_reserved op{.address = fake::Bus::ecam, .segment = 0, .start_bus = 0, .end_bus = 15, .flags = 0};
  EXPECT_TRUE(mmcfg_reserved(*bed.pci, op));
  EXPECT_EQ(bed.config.regions(), 0u);
  op.flags = XEN_PCI_MMCFG_RESERVED;
  bed.guest.refuse_traps = true;
  EXPECT_EQ(mmcfg_reserved(*bed.pci, op).error(), XEN_ENOMEM);
  EXPECT_EQ(bed.config.regions(), 0u);
  bed.guest.refuse_traps = false;
  EXPECT_TRUE(mmcfg_reserved(*bed.pci, op));
  EXPECT_TRUE(mmcfg_reserved(*bed.pci, op));
  EXPECT_EQ(bed.config.regions(), 1u);
  EXPECT_EQ(bed.guest.trapped.size(), 16u * 256);
  EXPECT_EQ(bed.load(fake::Bus::ecam + 0x8200), 0x11223344u);
  bed.store(fake::Bus::ecam + 0x8200, 0x5566778899, 8);
  EXPECT_EQ(bed.bus[bridge].get(0x200), 0x66778899u);
  op.end_bus = 20;
  EXPECT_EQ(mmcfg_reserved(*bed.pci, op).error(), XEN_EEXIST);
  op = {.address = 0x1000000, .segment = 1, .start_bus = 0, .end_bus = 0, .flags = XEN_PCI_MMCFG_RESERVED};
  EXPECT_EQ(mmcfg_reserved(*bed.pci, op).error(), XEN_EINVAL) << "RAM";
  op.flags = 2;
  EXPECT_EQ(mmcfg_reserved(*bed.pci, op).error(), XEN_EINVAL);
  op = {.address = ~u64{0}, .segment = 1, .start_bus = 2, .end_bus = 1, .flags = XEN_PCI_MMCFG_RESERVED};
  EXPECT_EQ(mmcfg_reserved(*bed.pci, op).error(), XEN_EINVAL);
  EXPECT_EQ(bed.config.add_region({MachineAddress{0x90000800}, 2, 0, 0}).error(), XEN_EINVAL);
}

TEST(Physdev, AddsAndRemoves) {
  fake::TestBed bed;
  bed.bus[bridge].with_msi();
  bed.start();
  physdev_pci_device_add add{};
  add.devfn = bridge.devfn();
  EXPECT_TRUE(device_add(*bed.pci, add));
  EXPECT_TRUE(device_add(*bed.pci, add));
  add.flags = XEN_PCI_DEV_VIRTFN;
  EXPECT_EQ(device_add(*bed.pci, add).error(), XEN_EOPNOTSUPP);
  physdev_pci_device remove{0, 0, bridge.devfn()};
  EXPECT_TRUE(prepare_msix(*bed.pci, remove));
  EXPECT_TRUE(restore_msi(*bed.pci, remove));
  EXPECT_TRUE(device_remove(*bed.pci, remove));
  EXPECT_EQ(device_remove(*bed.pci, remove).error(), XEN_ENODEV);
  physdev_manage_pci manage{0, bridge.devfn()};
  EXPECT_TRUE(manage_pci_add(*bed.pci, manage));
  EXPECT_TRUE(manage_pci_remove(*bed.pci, manage));
  physdev_manage_pci_ext extended{};
  extended.devfn = 0x90;
  EXPECT_EQ(manage_pci_add_ext(*bed.pci, extended).error(), XEN_ENODEV);
  extended.is_virtfn = 1;
  EXPECT_EQ(manage_pci_add_ext(*bed.pci, extended).error(), XEN_EOPNOTSUPP);
}

}  // namespace
}  // namespace xenolith::pci
