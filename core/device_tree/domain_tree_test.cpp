// SPDX-License-Identifier: MIT
#include "core/device_tree/domain_tree.hpp"

#include "core/device_tree/test_tree.hpp"

namespace xenolith {
namespace {

const DeviceRange ram[] = {range_of(0x40000000, 0x8000000), range_of(0x200000000, 0x1000)};

DomainTreeOptions usual_options() {
  DomainTreeOptions options;
  options.memory = ram;
  options.vcpus = 18;
  options.vcpu_mpidr = [](u32 vcpu) -> u64 { return vcpu % 16 | vcpu / 16 << 8; };
  options.bootargs = "console=ttyAMA0";
  options.initrd = range_of(0x44000000, 0x1234);
  options.distributor = range_of(0x3001000, 0x10000);
  options.gic_cpus = range_of(0x3020000, 0x1000000);
  options.grant_table = range_of(0x38000000, 0x1000000);
  options.uart = range_of(0x22000000, 0x1000);
  return options;
}

TestTree make(const DomainTreeOptions& options) {
  TestBlob blob{domain_tree_bound(options)};
  EXPECT_TRUE(make_domain_tree(options, blob.bytes()));
  return TestTree{std::move(blob)};
}

// What the hypervisor reads of a machine's tree, it must find in a domain's.
TEST(DomainTree, IsReadAsAMachines) {
  TestTree tree = make(usual_options());
  HostDescription& host = tree.describe();
  ASSERT_EQ(host.memory.size(), 2U);
  EXPECT_EQ(host.memory[1], ram[1]);
  ASSERT_EQ(host.cpus.size(), 18U);
  EXPECT_EQ(host.cpus[17].mpidr, 0x101U);
  EXPECT_EQ(host.cpus[17].start, CpuStart::psci);
  EXPECT_EQ(host.psci.conduit, PsciConduit::hvc);
  EXPECT_EQ(host.gic.version, GicVersion::v3);
  EXPECT_EQ(host.gic.distributor, range_of(0x3001000, 0x10000));
  EXPECT_EQ(host.gic.redistributors[0], range_of(0x3020000, 0x1000000));
  ASSERT_TRUE(host.timer.virtual_timer);
  EXPECT_EQ(host.timer.virtual_timer->id.raw(), 27U);
  EXPECT_EQ(host.dom0_bootargs, "console=ttyAMA0");
}

TEST(DomainTree, WhatIsNotWantedIsNotThere) {
  DomainTreeOptions options = usual_options();
  EXPECT_FALSE(make(options).find("/hypervisor"));
  EXPECT_TRUE(make(options).find("/sbsa-uart@22000000"));
  options.has_hypervisor = true;
  options.uart = {};
  options.initrd = {};
  TestTree tree = make(options);
  EXPECT_TRUE(tree.find("/hypervisor").is_compatible("xen,xen"));
  EXPECT_FALSE(tree.find("/sbsa-uart@22000000"));
  EXPECT_FALSE(tree.find("/chosen").has("linux,initrd-start"));
}

TEST(DomainTree, AGicOfVersion2) {
  DomainTreeOptions options = usual_options();
  options.gic = GicVersion::v2;
  options.gic_cpus = range_of(0x3002000, 0x2000);
  TestTree tree = make(options);
  HostDescription& host = tree.describe();
  EXPECT_EQ(host.gic.version, GicVersion::v2);
  EXPECT_EQ(host.gic.cpu_interface, range_of(0x3002000, 0x2000));
  EXPECT_EQ(tree.find("/timer").property("interrupts").cell(2).value_or(0), 0xf08U);
}

TEST(DomainTree, TooLittleRoomIsAnError) {
  TestBlob blob{200};
  EXPECT_EQ(make_domain_tree(usual_options(), blob.bytes()).error(), XEN_ENOSPC);
}

}  // namespace
}  // namespace xenolith
