// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <libfdt.h>

#include <cstring>

#include "tools/base/error.hpp"
#include "tools/builder/arm64_image.hpp"
#include "tools/builder/arm_guest_tree.hpp"
#include "tools/builder/test_images.hpp"
#include "tools/builder/tree_writer.hpp"

namespace xenolith::tools {
namespace {

test::Bytes image(uint64_t text_offset, uint64_t size, uint64_t flags = 0) {
  test::Bytes bytes(4096);
  std::memcpy(bytes.data() + 8, &text_offset, 8);
  std::memcpy(bytes.data() + 16, &size, 8);
  std::memcpy(bytes.data() + 24, &flags, 8);
  std::memcpy(bytes.data() + 56, "ARM\x64", 4);
  return bytes;
}

TEST(Arm64Image, SaysWhereItWantsToBe) {
  Arm64Image loaded = open_arm64_image(test::source_of(image(0x10000, 0x20000)), 1 << 20);
  EXPECT_EQ(loaded.offset, 0x10000u);
  EXPECT_EQ(loaded.size, 0x20000u);
  EXPECT_EQ(loaded.type, "Image");
}

TEST(Arm64Image, OldOnesDoNotSayTheirSize) {
  Arm64Image loaded = open_arm64_image(test::source_of(image(7, 0)), 1 << 20);
  EXPECT_EQ(loaded.offset, 0x80000u);
  EXPECT_EQ(loaded.size, 4096u);
}

TEST(Arm64Image, MayBePacked) {
  Arm64Image loaded = open_arm64_image(test::source_of(test::pack("gzip", image(0, 8192))), 1 << 20);
  EXPECT_EQ(loaded.bytes->size(), 4096u);
  EXPECT_EQ(loaded.type, "Image (gzip)");
}

TEST(Arm64Image, RefusesWhatIsNoneOrDoesNotFit) {
  EXPECT_THROW(open_arm64_image(test::source_of(test::make_elf()), 1 << 20), Error);
  EXPECT_THROW(open_arm64_image(test::source_of(test::Bytes(10)), 1 << 20), Error);
  EXPECT_THROW(open_arm64_image(test::source_of(image(0, 8192, 1)), 1 << 20), Error);
  EXPECT_THROW(open_arm64_image(test::source_of(image(0, 2 << 20)), 1 << 20), Error);
  EXPECT_THROW(open_arm64_image(test::source_of(image(~uint64_t(0), 8192)), 1 << 20), Error);
  EXPECT_THROW(open_arm64_image(test::source_of(image(0, ~uint64_t(0))), 1 << 20), Error);
}

ArmGuestTree sample() {
  ArmGuestTree guest{.command_line = "console=hvc0", .vcpus = 18, .gic_version = 2};
  guest.initrd = {0x48000000, 0x1234};
  guest.memory = {{0x40000000, 0xc0000000}, {0x200000000, 0x1000}};
  guest.gic_distributor = {0x3001000, 0x1000};
  guest.gic_cpus = {0x3002000, 0x2000};
  guest.grant_table = {0x38000000, 0x1000000};
  return guest;
}

std::vector<uint32_t> cells(const std::vector<std::byte>& tree, const char* path, const char* name) {
  int size = 0;
  const void* value = fdt_getprop(tree.data(), fdt_path_offset(tree.data(), path), name, &size);
  std::vector<uint32_t> result(size > 0 ? size / 4 : 0);
  if (value) std::memcpy(result.data(), value, result.size() * 4);
  for (uint32_t& cell : result) cell = fdt32_to_cpu(cell);
  return result;
}

using Cells = std::vector<uint32_t>;

TEST(ArmGuestTree, HoldsWhatTheGuestGets) {
  std::vector<std::byte> tree = make_arm_guest_tree(sample());
  ASSERT_EQ(fdt_check_full(tree.data(), tree.size()), 0);
  EXPECT_EQ(cells(tree, "/memory@40000000", "reg"), (Cells{0, 0x40000000, 0, 0xc0000000}));
  EXPECT_EQ(cells(tree, "/memory@200000000", "reg"), (Cells{2, 0, 0, 0x1000}));
  EXPECT_EQ(cells(tree, "/chosen", "linux,initrd-end"), (Cells{0, 0x48001234}));
  EXPECT_EQ(cells(tree, "/cpus/cpu@101", "reg"), (Cells{0x101}));
  EXPECT_EQ(cells(tree, "/hypervisor", "interrupts"), (Cells{1, 15, 0xf08}));
  EXPECT_EQ(cells(tree, "/timer", "interrupts"), (Cells{1, 13, 0xf08, 1, 14, 0xf08, 1, 11, 0xf08}));
  EXPECT_EQ(cells(tree, "/interrupt-controller", "reg"), (Cells{0, 0x3001000, 0, 0x1000, 0, 0x3002000, 0, 0x2000}));
  EXPECT_TRUE(cells(tree, "/timer", "clock-frequency").empty());
}

TEST(ArmGuestTree, HasASerialLineIfAsked) {
  ArmGuestTree guest = sample();
  std::vector<std::byte> without = make_arm_guest_tree(guest);
  EXPECT_LT(fdt_path_offset(without.data(), "/serial"), 0);
  guest.serial_line = {0x22000000, 0x1000};
  std::vector<std::byte> tree = make_arm_guest_tree(guest);
  ASSERT_EQ(fdt_check_full(tree.data(), tree.size()), 0);
  EXPECT_EQ(fdt_node_check_compatible(tree.data(), fdt_path_offset(tree.data(), "/serial"), "arm,sbsa-uart"), 0);
  EXPECT_EQ(cells(tree, "/serial", "reg"), (Cells{0, 0x22000000, 0, 0x1000}));
  EXPECT_EQ(cells(tree, "/serial", "interrupts"), (Cells{0, 0, 4}));
  EXPECT_EQ(cells(tree, "/serial", "current-speed"), (Cells{115200}));
}

TEST(ArmGuestTree, KnowsBothGics) {
  ArmGuestTree guest = sample();
  guest.gic_version = 3;
  guest.timer_hz = 50000000;
  std::vector<std::byte> tree = make_arm_guest_tree(guest);
  EXPECT_EQ(fdt_node_check_compatible(tree.data(), fdt_path_offset(tree.data(), "/interrupt-controller"), "arm,gic-v3"), 0);
  EXPECT_EQ(cells(tree, "/hypervisor", "interrupts"), (Cells{1, 15, 8}));
  EXPECT_EQ(cells(tree, "/timer", "clock-frequency"), (Cells{50000000}));
}

// As dtc would make it: /passthrough with a device below a bus, /aliases, and what is not taken.
std::vector<std::byte> partial_tree(const char* name = "passthrough") {
  TreeWriter writer;
  writer.begin("");
  writer.begin("elsewhere");
  writer.end();
  writer.begin(name);
  writer.cells("#address-cells", {2});
  writer.begin("bus");
  writer.begin("device@10000000");
  writer.texts("compatible", {"a\0b", 3});
  writer.flag("dma-coherent");
  writer.end();
  writer.end();
  writer.begin("last");
  writer.end();
  writer.end();
  writer.begin("aliases");
  writer.text("net", "/passthrough/bus/device@10000000");
  writer.end();
  writer.end();
  return writer.finish();
}

TEST(ArmGuestTree, TakesAPartialTree) {
  ArmGuestTree guest = sample();
  guest.partial_tree = partial_tree();
  std::vector<std::byte> tree = make_arm_guest_tree(guest);
  ASSERT_EQ(fdt_check_full(tree.data(), tree.size()), 0);
  EXPECT_EQ(cells(tree, "/passthrough", "#address-cells"), (Cells{2}));
  int device = fdt_path_offset(tree.data(), "/passthrough/bus/device@10000000"), size = 0;
  ASSERT_GE(device, 0);
  EXPECT_EQ(fdt_node_check_compatible(tree.data(), device, "b"), 0);
  EXPECT_NE(fdt_getprop(tree.data(), device, "dma-coherent", &size), nullptr);
  EXPECT_EQ(fdt_path_offset(tree.data(), "net"), device);  // by its alias
  EXPECT_GE(fdt_path_offset(tree.data(), "/passthrough/last"), 0);
  EXPECT_EQ(fdt_path_offset(tree.data(), "/elsewhere"), -FDT_ERR_NOTFOUND);
  EXPECT_GE(fdt_path_offset(tree.data(), "/hypervisor"), 0);
}

TEST(ArmGuestTree, RefusesPartialTreesThatAreBroken) {
  ArmGuestTree guest = sample();
  const std::vector<std::byte> whole = partial_tree();
  for (size_t size = 1; size < whole.size(); ++size) {
    guest.partial_tree.assign(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_THROW(make_arm_guest_tree(guest), Error) << size;
  }
  guest.partial_tree = partial_tree("pass");
  EXPECT_THROW(make_arm_guest_tree(guest), Error);
}

TEST(ArmGuestTree, TooLargeIsAnError) {
  ArmGuestTree guest = sample();
  guest.command_line = std::string(1 << 19, 'x');
  EXPECT_THROW(make_arm_guest_tree(guest), Error);
}

}  // namespace
}  // namespace xenolith::tools
