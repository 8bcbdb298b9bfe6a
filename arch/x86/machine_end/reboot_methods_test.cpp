// SPDX-License-Identifier: MIT
#include "arch/x86/machine_end/reboot_methods.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace xenolith {
namespace {

std::vector<RebootMethod> order(std::string_view text) {
  std::array<RebootMethod, 5> room;
  auto methods = RebootChoice::parse(text)->order(room);
  return {methods.begin(), methods.end()};
}

using enum RebootMethod;

TEST(RebootMethods, TheChosenComesFirst) {
  EXPECT_EQ(order(""), (std::vector{acpi, keyboard, pci, triple_fault}));
  EXPECT_EQ(order("kbd"), (std::vector{keyboard, acpi, pci, triple_fault}));
  EXPECT_EQ(order("Power"), (std::vector{power, acpi, keyboard, pci, triple_fault}));
  EXPECT_EQ(order("t"), (std::vector{triple_fault, acpi, keyboard, pci}));
  EXPECT_TRUE(order("no").empty());
}

TEST(RebootMethods, WarmAndCold) {
  EXPECT_TRUE(RebootChoice::parse("warm,pci")->warm);
  EXPECT_EQ(RebootChoice::parse("warm,pci")->method, pci);
  EXPECT_FALSE(RebootChoice::parse("warm,cold")->warm);
  EXPECT_EQ(RebootChoice::parse("sideways").error(), XEN_EINVAL);
  EXPECT_EQ(RebootChoice::parse(",").error(), XEN_EINVAL);
}

}  // namespace
}  // namespace xenolith
