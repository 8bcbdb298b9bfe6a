// SPDX-License-Identifier: MIT
#include "arch/arm64/gic/cpu_interface.hpp"

#include <gtest/gtest.h>

#include "arch/arm64/gic/fakes.hpp"

namespace xenolith::gic {
namespace {

TEST(CpuInterfaceV2, EndsInTwoSteps) {
  FakeRegisters registers;
  CpuInterfaceV2 cpu{registers};
  cpu.initialise();
  EXPECT_EQ(registers.words[0x000], 0x201u);
  EXPECT_EQ(registers.words[0x004], 0xffu);
  registers.words[0x00c] = 3u << 10 | 1;  // SGI 1 of CPU 3
  CpuInterface::Acknowledged taken = cpu.acknowledge();
  EXPECT_EQ(taken.intid(), Intid{1});
  cpu.drop_priority(taken);
  cpu.deactivate(taken.word);
  ASSERT_EQ(registers.writes.size(), 6u);
  EXPECT_EQ(registers.writes[4], (FakeRegisters::Write{0x010, 3u << 10 | 1}));
  EXPECT_EQ(registers.writes[5], (FakeRegisters::Write{0x1000, 3u << 10 | 1}));
}

TEST(CpuInterfaceV3, EndsInTwoSteps) {
  FakeSystemRegisters registers;
  CpuInterfaceV3 cpu{registers};
  cpu.initialise();
  EXPECT_EQ(registers[SystemRegister::icc_sre_el2], 0xfu);
  EXPECT_EQ(registers[SystemRegister::icc_ctlr], 2u);
  EXPECT_EQ(registers[SystemRegister::icc_igrpen1], 1u);
  EXPECT_FALSE(registers.unsynchronized);
  registers[SystemRegister::icc_iar1] = 1019;
  CpuInterface::Acknowledged taken = cpu.acknowledge();
  EXPECT_EQ(taken.intid(), Intid{1019});
  cpu.drop_priority(taken);
  EXPECT_EQ(registers[SystemRegister::icc_eoir1], 1019u);
  cpu.deactivate(taken.word);
  EXPECT_EQ(registers[SystemRegister::icc_dir], 1019u);
}

TEST(Sgi1r, NamesOneCpu) {
  EXPECT_EQ(sgi1r_for(0, Intid{0}), 1u);
  EXPECT_EQ(sgi1r_for(0x0003'0205, Intid{1}), u64{3} << 32 | 1u << 24 | 2u << 16 | 1u << 5);
  EXPECT_EQ(sgi1r_for(u64{7} << 32 | 0x21, Intid{2}), u64{7} << 48 | u64{2} << 44 | 2u << 24 | 2u);
}

}  // namespace
}  // namespace xenolith::gic
