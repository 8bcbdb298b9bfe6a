// SPDX-License-Identifier: MIT
#include "core/device_tree/dom0_tree.hpp"

#include "core/device_tree/test_tree.hpp"

namespace xenolith {
namespace {

const DeviceRange ram[] = {{MachineAddress{0x60000000}, 0x10000000}, {MachineAddress{0x90000000}, 0x1000}};

Dom0TreeOptions usual_options() {
  Dom0TreeOptions options;
  options.memory = ram;
  options.vcpus = 1;
  options.bootargs = "console=hvc0";
  options.initrd = {MachineAddress{0x61000000}, 0x1000};
  options.grant_table = {MachineAddress{0x38000000}, 0x1000000};
  return options;
}

// Dom0's tree of the named one, opened.
TestTree make(const std::string& name, const Dom0TreeOptions& options) {
  TestTree host{name};
  HostDescription& description = host.describe();
  TestBlob blob{dom0_tree_bound(host.tree(), options)};
  EXPECT_TRUE(make_dom0_tree(host.tree(), description, options, blob.bytes()));
  return TestTree{std::move(blob)};
}

TEST(Dom0Tree, TheHypervisorsOwnIsGone) {
  TestTree virt = make("virt", usual_options()), board = make("board", usual_options());
  for (const char* path : {"/pl011", "/pmu", "/intc/its", "/memory@40000000", "/chosen/module@50000000", "/chosen/domU1"})
    EXPECT_FALSE(virt.find(path)) << path;
  EXPECT_FALSE(virt.find("/aliases").has("serial0"));
  EXPECT_TRUE(virt.find("/aliases").has("rtc"));
  EXPECT_EQ(virt.tree().reservation_count(), 0U);
  for (const char* path : {"/soc/iommu", "/soc/bus/serial", "/firmware/psci", "/soc/interrupt-controller@1000/v2m"})
    EXPECT_FALSE(board.find(path)) << path;
  EXPECT_FALSE(board.find("/__symbols__").has("uart"));
  EXPECT_TRUE(board.find("/__symbols__").has("gpio"));
}

TEST(Dom0Tree, WhatReferredToItIsGone) {
  TestTree virt = make("virt", usual_options()), board = make("board", usual_options());
  EXPECT_FALSE(virt.find("/pcie").has("msi-map"));
  EXPECT_FALSE(board.find("/soc/bus/dma").has("iommus"));
  EXPECT_FALSE(board.find("/soc/bus/dma").has("msi-parent"));
  EXPECT_FALSE(board.find("/thermal-zones/cpu-thermal/cooling-maps/map0"));
  EXPECT_TRUE(board.find("/thermal-zones/cpu-thermal/cooling-maps/map1"));
}

TEST(Dom0Tree, MsiControllersStayWhenTheyAreOffered) {
  Dom0TreeOptions options = usual_options();
  options.offers_its = options.offers_v2m = true;
  TestTree virt = make("virt", options), board = make("board", options);
  EXPECT_TRUE(virt.find("/intc/its"));
  EXPECT_TRUE(virt.find("/pcie").has("msi-map"));
  EXPECT_TRUE(board.find("/soc/interrupt-controller@1000/v2m"));
  EXPECT_TRUE(board.find("/soc/bus/dma").has("msi-parent"));
}

TEST(Dom0Tree, TheRestIsPassedOn) {
  TestTree host{"virt"}, made = make("virt", usual_options());
  for (const char* path : {"/pl031@9010000", "/pcie@10000000", "/disabled@9020000", "/reserved-memory/firmware", "/apb-pclk"})
    EXPECT_TRUE(made.find(path)) << path;
  EXPECT_EQ(made.find("/pcie").property("interrupt-map").cell_count(), host.find("/pcie").property("interrupt-map").cell_count());
  EXPECT_EQ(made.find("/intc").phandle(), host.find("/intc").phandle());
}

TEST(Dom0Tree, ChosenSaysWhatDom0IsToKnow) {
  TestTree made = make("virt", usual_options());
  DeviceTreeNode chosen = made.find("/chosen");
  EXPECT_EQ(chosen.property("bootargs").text(), "console=hvc0");
  EXPECT_EQ(chosen.property("linux,initrd-start").whole_number().value_or(0), 0x61000000U);
  EXPECT_EQ(chosen.property("linux,initrd-end").whole_number().value_or(0), 0x61001000U);
  EXPECT_FALSE(chosen.has("stdout-path"));
  EXPECT_TRUE(chosen.has("rng-seed"));
}

TEST(Dom0Tree, MemoryAndProcessorsAreDom0s) {
  Dom0TreeOptions options = usual_options();
  options.vcpus = 18;
  TestTree made = make("virt", options);
  const HostDescription& seen = made.describe();
  ASSERT_EQ(seen.memory.size(), 2U);
  EXPECT_EQ(seen.memory[0], ram[0]);
  ASSERT_EQ(seen.cpus.size(), 18U);
  EXPECT_EQ(seen.cpus[17].mpidr, 0x101U);
  EXPECT_EQ(seen.cpus[17].start, CpuStart::psci);
  EXPECT_TRUE(seen.cpus[0].node.is_compatible("arm,cortex-a57"));
  EXPECT_EQ(seen.psci.conduit, PsciConduit::hvc);
}

TEST(Dom0Tree, GicAndTimerAreVirtualOnes) {
  TestTree virt = make("virt", usual_options()), board = make("board", usual_options());
  const HostDescription& seen = virt.describe();
  EXPECT_EQ(seen.gic.version, GicVersion::v3);
  EXPECT_EQ(seen.gic.redistributors.size(), 2U);
  EXPECT_EQ(seen.gic.cpu_interface.size, 0U);
  EXPECT_FALSE(seen.gic.maintenance);
  EXPECT_EQ(seen.timer.virtual_timer->id, IntId{27});
  EXPECT_FALSE(seen.timer.hypervisor);
  EXPECT_TRUE(seen.timer.node.has("always-on"));
  const HostDescription& board_seen = board.describe();
  EXPECT_EQ(board_seen.gic.cpu_interface, range_of(0x10002000, 0x2000));
  EXPECT_EQ(board_seen.gic.hypervisor_interface.size, 0U);
  EXPECT_EQ(board_seen.timer.virtual_timer->id, IntId{27});
}

TEST(Dom0Tree, TheHypervisorShowsItself) {
  TestTree made = make("virt", usual_options());
  DeviceTreeNode node = made.find("/hypervisor");
  EXPECT_TRUE(node.is_compatible("xen,xen"));
  EXPECT_TRUE(node.is_compatible("xen,xen-4.17"));
  EXPECT_EQ(*registers_of(node, 0), range_of(0x38000000, 0x1000000));
  EXPECT_EQ(gic_interrupt(*interrupt_of(node, 0))->id, IntId{31});
}

TEST(Dom0Tree, ABufferThatIsTooSmallIsAnError) {
  TestTree host{"board"};
  HostDescription& description = host.describe();
  Dom0TreeOptions options = usual_options();
  for (size_t size = 0; size < dom0_tree_bound(host.tree(), options); size += 97) {
    TestBlob blob{size};
    Result<size_t> made = make_dom0_tree(host.tree(), description, options, blob.bytes());
    if (made) EXPECT_LE(*made, size);
    else EXPECT_EQ(made.error(), XEN_ENOSPC) << size;
  }
}

TEST(Dom0Tree, AnAddressTooWideForTheRootIsAnError) {
  TestTree host{"board"};
  HostDescription& description = host.describe();
  Dom0TreeOptions options = usual_options();
  options.grant_table = {MachineAddress{0x100000000}, 0x1000};
  TestBlob blob{dom0_tree_bound(host.tree(), options)};
  EXPECT_EQ(make_dom0_tree(host.tree(), description, options, blob.bytes()).error(), XEN_EINVAL);
}

class Recorder final : public Dom0Resources {
 public:
  Result<void> memory(DeviceTreeNode, DeviceRange range) override { return ranges.push_back(range), Result<void>{}; }
  Result<void> interrupt(DeviceTreeNode, GicInterrupt interrupt) override { return ids.push_back(interrupt.id.raw()), Result<void>{}; }
  bool has(DeviceRange range) const { return std::find(ranges.begin(), ranges.end(), range) != ranges.end(); }
  std::vector<DeviceRange> ranges;
  std::vector<u32> ids;
};

Recorder resources_of(const std::string& name) {
  TestTree host{name};
  HostDescription& description = host.describe();
  Recorder recorder;
  EXPECT_TRUE(list_dom0_resources(host.tree(), description, usual_options(), recorder));
  return recorder;
}

TEST(Dom0Resources, DevicesAndWindowsOfPci) {
  Recorder virt = resources_of("virt");
  EXPECT_TRUE(virt.has(range_of(0x9010000, 0x1000)));
  EXPECT_TRUE(virt.has(range_of(0x4010000000, 0x10000000)));
  EXPECT_TRUE(virt.has(range_of(0x10000000, 0x2eff0000)));
  EXPECT_TRUE(virt.has(range_of(0x3eff0000, 0x10000)));
  EXPECT_FALSE(virt.has(range_of(0x9000000, 0x1000)));   // the console
  EXPECT_FALSE(virt.has(range_of(0x9020000, 0x1000)));   // disabled
  EXPECT_FALSE(virt.has(range_of(0x8000000, 0x10000)));  // the GIC
  EXPECT_EQ(virt.ids, (std::vector<u32>{34, 35, 36, 36, 37, 37}));
}

TEST(Dom0Resources, BehindBusesAndOtherControllers) {
  Recorder board = resources_of("board");
  EXPECT_TRUE(board.has(range_of(0x10107000, 0x100)));
  EXPECT_FALSE(board.has(range_of(0x1000a000, 0x1000)));  // the IOMMU
  EXPECT_EQ(board.ids, (std::vector<u32>{53, 54, 55, 56}));
}

}  // namespace
}  // namespace xenolith
