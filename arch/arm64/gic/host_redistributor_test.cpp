// SPDX-License-Identifier: MIT
#include "arch/arm64/gic/host_redistributor.hpp"

#include <gtest/gtest.h>

#include "arch/arm64/gic/fakes.hpp"

namespace xenolith::gic {
namespace {

void add(FakeRegisters& region, u32 at, u64 type) {
  region.words[at + 8] = static_cast<u32>(type);
  region.words[at + 12] = static_cast<u32>(type >> 32);
  region.words[at + 0xffe8] = 0x3b;
}

TEST(FindRedistributor, ByAffinity) {
  FakeRegisters region;
  add(region, 0, 0);
  add(region, 0x2'0000, u64{0x0100'0201} << 32);
  add(region, 0x4'0000, u64{2} << 32 | 1u << 4);
  add(region, 0x6'0000, u64{3} << 32);  // behind the last
  EXPECT_EQ(*find_redistributor(region, 0x8'0000, 0, 0), 0u);
  EXPECT_EQ(*find_redistributor(region, 0x8'0000, 0, u64{1} << 32 | 0x201), 0x2'0000u);
  EXPECT_EQ(*find_redistributor(region, 0x8'0000, 0, 2), 0x4'0000u);
  EXPECT_EQ(find_redistributor(region, 0x8'0000, 0, 3).error(), XEN_ENOENT);
  EXPECT_EQ(find_redistributor(region, 0x4'0000, 0, 2).error(), XEN_ENOENT);
}

TEST(FindRedistributor, StepsByTheirSizeOrTheStrideGiven) {
  FakeRegisters region;
  add(region, 0, 1u << 1);  // with two more frames
  add(region, 0x4'0000, u64{1} << 32);
  EXPECT_EQ(*find_redistributor(region, 0x8'0000, 0, 1), 0x4'0000u);
  FakeRegisters spread;
  add(spread, 0, 0);
  add(spread, 0x8'0000, u64{1} << 32);
  EXPECT_EQ(*find_redistributor(spread, 0x10'0000, 0x8'0000, 1), 0x8'0000u);
  EXPECT_EQ(find_redistributor(spread, 0x10'0000, 0, 1).error(), XEN_ENOENT);  // nothing at the second place
}

struct Sleeper final : FakeRegisters {
  void write(u32 offset, u32 value) override {
    FakeRegisters::write(offset, value);
    if (offset == 0x2'0014 && !(value & 2) && wakes) words[offset] = 0;
  }
  bool wakes = true;
};

TEST(HostRedistributor, IsWokenUp) {
  Sleeper registers;
  registers.words[0x2'0014] = 6;
  EXPECT_TRUE(HostRedistributor(registers, 0x2'0000).initialise());
  EXPECT_EQ(registers.words[0x3'0100], 0xffffu);
  EXPECT_EQ(registers.words[0x3'041c], 0xa0a0'a0a0u);
  HostRedistributor(registers, 0x2'0000).set_enabled(Intid{27}, true);
  EXPECT_EQ(registers.writes.back(), (FakeRegisters::Write{0x3'0100, 1u << 27}));
  HostRedistributor(registers, 0x2'0000).set_active(Intid{27}, true);
  EXPECT_EQ(registers.writes.back(), (FakeRegisters::Write{0x3'0300, 1u << 27}));
}

TEST(HostRedistributor, ThatSleepsOnIsAnError) {
  Sleeper registers;
  registers.words[0x2'0014] = 6;
  registers.wakes = false;
  EXPECT_EQ(HostRedistributor(registers, 0x2'0000).initialise().error(), XEN_ETIMEDOUT);
}

}  // namespace
}  // namespace xenolith::gic
