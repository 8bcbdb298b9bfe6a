// SPDX-License-Identifier: MIT
#include "core/device_tree/interrupts.hpp"

#include "core/device_tree/addresses.hpp"
#include "core/device_tree/test_tree.hpp"

namespace xenolith {
namespace {

u32 id_of(const Result<InterruptSpecifier>& specifier) {
  if (specifier.failed()) return 0;
  Result<GicInterrupt> interrupt = gic_interrupt(*specifier);
  return interrupt ? interrupt->id.raw() : 0;
}

TEST(DeviceTreeInterrupts, PlainOnesGoToTheInheritedParent) {
  TestTree test{"virt"};
  DeviceTreeNode uart = test.find("serial0");
  EXPECT_EQ(interrupt_count(uart).value_or(0), 1U);
  EXPECT_EQ(id_of(interrupt_of(uart, 0)), 33U);
  EXPECT_EQ(interrupt_of(uart, 1).error(), XEN_ENOENT);
  EXPECT_EQ(interrupt_count(test.find("/cpus")).value_or(9), 0U);
  EXPECT_EQ(id_of(interrupt_of(test.find("/timer"), 2)), 27U);
}

TEST(DeviceTreeInterrupts, MapsOfPciAreFollowed) {
  TestTree test{"virt"};
  EXPECT_EQ(id_of(interrupt_of(test.find("/pcie/device"), 0)), 37U);
  std::vector<u32> ids;
  for (InterruptMapWalk walk{test.find("/pcie")};;) {
    Result<InterruptSpecifier> next = walk.next();
    if (next.failed()) break;
    ids.push_back(id_of(next));
  }
  EXPECT_EQ(ids, (std::vector<u32>{35, 36, 36, 37}));
}

TEST(DeviceTreeInterrupts, ControllersThatPassOnAreFollowed) {
  TestTree test{"board"};
  DeviceTreeNode gpio = test.find("/soc/bus/gpio");
  EXPECT_EQ(interrupt_count(gpio).value_or(0), 3U);
  EXPECT_EQ(interrupt_of(gpio, 0).error(), XEN_ENOENT);
  EXPECT_EQ(id_of(interrupt_named(gpio, "first")), 53U);
  EXPECT_EQ(id_of(interrupt_named(gpio, "second")), 54U);
  EXPECT_EQ(id_of(interrupt_of(test.find("serial0"), 0)), 52U);
}

TEST(DeviceTreeInterrupts, OfAnotherControllerAreNotTheGics) {
  TestTree test{"board"};
  Result<InterruptSpecifier> specifier = interrupt_of(test.find("/soc/bus/i2c/sensor"), 0);
  ASSERT_TRUE(specifier);
  EXPECT_EQ(specifier->controller, test.find("/soc/bus/gpio"));
  EXPECT_EQ(gic_interrupt(*specifier).error(), XEN_EOPNOTSUPP);
}

TEST(DeviceTreeInterrupts, NumbersOfTheGicAreBounded) {
  TestTree test{"virt"};
  InterruptSpecifier specifier{test.find("/intc"), 3, {0, 987, 4}};
  EXPECT_EQ(gic_interrupt(specifier)->id, IntId{1019});
  specifier.cells[1] = 988;
  EXPECT_EQ(gic_interrupt(specifier).error(), XEN_EINVAL);
  specifier.cells = {1, 16, 4};
  EXPECT_EQ(gic_interrupt(specifier).error(), XEN_EINVAL);
  specifier.cells = {2, 1, 4};
  EXPECT_EQ(gic_interrupt(specifier).error(), XEN_EOPNOTSUPP);
}

TEST(DeviceTreeInterrupts, CirclesAndWildCellsEnd) {
  TestTree test{"wrong"};
  for (const char* path : {"/parent-of-a", "/in-circles", "/no-such-parent", "/wild-cells/child"})
    EXPECT_EQ(interrupt_of(test.find(path), 0).error(), XEN_EINVAL) << path;
  EXPECT_EQ(interrupt_of(test.find("/no-such-line"), 0).error(), XEN_ENOENT);
  EXPECT_EQ(InterruptMapWalk{test.find("/cut-map")}.next().error(), XEN_EINVAL);
}

TEST(DeviceTreeAddresses, AreTranslated) {
  TestTree test{"board"};
  EXPECT_EQ(*registers_of(test.find("serial0"), 0), range_of(0x10102000, 0x100));
  EXPECT_EQ(*registers_named(test.find("/soc/bus/dma"), "second"), range_of(0x10107000, 0x100));
  EXPECT_EQ(*registers_of(test.find("/soc/interrupt-controller@1000/v2m"), 0), range_of(0x10018000, 0x1000));
  EXPECT_EQ(registers_of(test.find("serial0"), 1).error(), XEN_ENOENT);
  EXPECT_EQ(registers_of(test.find("/soc"), 0).error(), XEN_ENOENT);
}

TEST(DeviceTreeAddresses, OnOtherBusesAreNone) {
  TestTree board{"board"}, virt{"virt"};
  EXPECT_EQ(registers_of(board.find("/soc/bus/i2c/sensor"), 0).error(), XEN_EOPNOTSUPP);
  EXPECT_EQ(registers_of(virt.find("/pcie/device"), 0).error(), XEN_EOPNOTSUPP);
}

TEST(DeviceTreeAddresses, WildOnesAreErrors) {
  TestTree test{"wrong"};
  for (const char* path : {"/wild-cells/child", "/wide", "/wraps", "/odd"}) EXPECT_EQ(registers_of(test.find(path), 0).error(), XEN_EINVAL) << path;
}

}  // namespace
}  // namespace xenolith
