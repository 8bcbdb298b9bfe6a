// SPDX-License-Identifier: MIT
// LocalApic's registers in both modes, changes of mode, and records.
#include <gtest/gtest.h>

#include <cstring>

#include "arch/x86/vapic/fakes.hpp"

namespace xenolith::vapic {
namespace {

constexpr auto done = MsrOutcome::done, fault = MsrOutcome::general_protection;
constexpr u64 base = 0xfee0'0000, enable = 1u << 11, extended = 1u << 10, bootstrap = 1u << 8;

struct RegistersTest : testing::Test {
  FakeDomain domain{2};
  LocalApic& apic = domain.apic(1);

  u64 msr(u32 number) {
    u64 value = 0xdead;
    EXPECT_EQ(apic.read_msr(number, value), done) << std::hex << number;
    return value;
  }
  MsrOutcome read_outcome(u32 number) {
    u64 value;
    return apic.read_msr(number, value);
  }
};

TEST_F(RegistersTest, ResetState) {
  EXPECT_TRUE(domain.attached);
  EXPECT_EQ(msr(0x1b), base | enable);
  EXPECT_EQ(apic.read_mmio(0x20, 4), 2u << 24);
  EXPECT_EQ(apic.read_mmio(0x30, 4), 0x5'0014u);
  EXPECT_EQ(apic.read_mmio(0xe0, 4), 0xffff'ffffu);
  EXPECT_EQ(apic.read_mmio(0xf0, 4), 0xffu);
  for (u32 lvt = 0x320; lvt <= 0x370; lvt += 0x10) EXPECT_EQ(apic.read_mmio(lvt, 4), 0x1'0000u);
}

TEST_F(RegistersTest, WritesKeepReservedBitsClear) {
  domain.enable_all();
  for (u32 offset = 0; offset < 0x400; offset += 0x10)
    if (offset != 0xb0 && offset != 0x300) apic.write_mmio(offset, 4, 0xffff'ffff);
  EXPECT_EQ(apic.read_mmio(0x20, 4), 2u << 24);
  EXPECT_EQ(apic.read_mmio(0x80, 4), 0xffu);
  EXPECT_EQ(apic.read_mmio(0xd0, 4), 0xff00'0000u);
  EXPECT_EQ(apic.read_mmio(0xf0, 4), 0x1ffu);
  EXPECT_EQ(apic.read_mmio(0x320, 4), 0x7'00ffu);
  EXPECT_EQ(apic.read_mmio(0x350, 4), 0x1'a7ffu);
  EXPECT_EQ(apic.read_mmio(0x370, 4), 0x1'00ffu);
  EXPECT_EQ(apic.read_mmio(0x3e0, 4), 0xbu);
}

TEST_F(RegistersTest, NarrowAndMisplacedAccesses) {
  EXPECT_EQ(apic.read_mmio(0x23, 1), 2u);
  EXPECT_EQ(apic.read_mmio(0x32, 2), 5u);
  EXPECT_EQ(apic.read_mmio(0x33, 2), 0u);
  EXPECT_EQ(apic.read_mmio(0x24, 4), 0u);
  EXPECT_EQ(apic.read_mmio(0x20, 8), 0u);
  EXPECT_EQ(apic.read_mmio(0x1000, 4), 0u);
  apic.write_mmio(0x80, 1, 0xff35);
  EXPECT_EQ(apic.read_mmio(0x80, 4), 0x35u);
  apic.write_mmio(0x81, 1, 0x12);
  apic.write_mmio(0x84, 4, 0x12);
  EXPECT_EQ(apic.read_mmio(0x80, 4), 0x35u);
}

TEST_F(RegistersTest, ReservedRegisterIsAnError) {
  apic.write_mmio(0x40, 4, 1);
  apic.write_mmio(0x280, 4, 0);
  EXPECT_EQ(apic.read_mmio(0x280, 4), 0x80u);
}

TEST_F(RegistersTest, BaseTransitions) {
  EXPECT_EQ(apic.write_msr(0x1b, base | extended), fault);
  EXPECT_EQ(apic.write_msr(0x1b, 0xfed0'0000 | enable), fault);
  EXPECT_EQ(apic.write_msr(0x1b, base | enable | 1), fault);
  EXPECT_EQ(apic.write_msr(0x1b, base | enable | u64{1} << 52), fault);
  EXPECT_EQ(apic.write_msr(0x1b, base | enable | bootstrap), done);
  EXPECT_EQ(msr(0x1b), base | enable);  // not the guest's to change
  EXPECT_EQ(read_outcome(0x802), fault);

  EXPECT_EQ(apic.write_msr(0x1b, base), done);
  EXPECT_FALSE(apic.mmio_enabled());
  EXPECT_EQ(apic.write_msr(0x1b, base | enable | extended), fault);
  EXPECT_EQ(apic.write_msr(0x1b, base | enable), done);
  EXPECT_TRUE(apic.mmio_enabled());
  EXPECT_EQ(apic.write_msr(0x1b, base | enable | extended), done);
  EXPECT_FALSE(apic.mmio_enabled());
  EXPECT_EQ(msr(0x1b), base | enable | extended);
  EXPECT_EQ(apic.write_msr(0x1b, base | enable), fault);
  EXPECT_EQ(apic.write_msr(0x1b, base), done);
  EXPECT_EQ(apic.write_msr(0x1b, base | enable), done);
  EXPECT_EQ(apic.read_mmio(0x20, 4), 2u << 24);
}

TEST(Registers, X2apicOnlyIfOffered) {
  FakeDomain domain{1, [](auto& c) { c.x2apic = c.tsc_deadline = false; }};
  LocalApic& apic = domain.apic(0);
  u64 value = 0;
  EXPECT_EQ(apic.read_msr(0x1b, value), done);
  EXPECT_EQ(value, base | enable | bootstrap);
  EXPECT_EQ(apic.write_msr(0x1b, base | enable | extended), fault);
  EXPECT_EQ(apic.read_msr(0x6e0, value), fault);
  EXPECT_EQ(apic.write_msr(0x6e0, 1), fault);
}

TEST_F(RegistersTest, ModeChangeKeepsStateAndMakesIdentity) {
  domain.enable_all();
  apic.write_mmio(0xd0, 4, 0x2u << 24);
  apic.write_mmio(0x80, 4, 0x20);
  EXPECT_TRUE(apic.accept(Vector{0x55}));
  EXPECT_EQ(apic.write_msr(0x1b, base | enable | extended), done);
  EXPECT_EQ(msr(0x802), 2u);
  EXPECT_EQ(msr(0x80d), 4u);
  EXPECT_EQ(msr(0x808), 0x20u);
  EXPECT_EQ(msr(0x822), 1u << 0x15);
  EXPECT_EQ(take_interrupt(apic), 0x55u);
}

TEST_F(RegistersTest, X2apicFaults) {
  domain.x2apic_all();
  for (u32 number : {0x80bu, 0x83fu}) EXPECT_EQ(read_outcome(number), fault);  // write-only
  for (u32 number : {0x800u, 0x809u, 0x80cu, 0x80eu, 0x82fu, 0x831u, 0x83du}) {
    EXPECT_EQ(read_outcome(number), fault);
    EXPECT_EQ(apic.write_msr(number, 0), fault);
  }
  for (u32 number : {0x802u, 0x803u, 0x80au, 0x80du, 0x810u, 0x827u, 0x839u}) {  // read-only
    EXPECT_EQ(read_outcome(number), done);
    EXPECT_EQ(apic.write_msr(number, 0), fault);
  }
  EXPECT_EQ(apic.write_msr(0x80b, 1), fault);
  EXPECT_EQ(apic.write_msr(0x828, 1), fault);
  EXPECT_EQ(apic.write_msr(0x828, 0), done);
  EXPECT_EQ(apic.write_msr(0x808, 0x100), fault);
  EXPECT_EQ(apic.write_msr(0x808, u64{1} << 32), fault);
  EXPECT_EQ(apic.write_msr(0x832, 1u << 12 | 0x31), done);  // read-only status bit may be set
  EXPECT_EQ(msr(0x832), 0x31u);
  EXPECT_EQ(apic.write_msr(0x832, 1u << 14), fault);
  EXPECT_EQ(apic.write_msr(0x830, 1u << 20), fault);
  EXPECT_EQ(apic.write_msr(0x83f, 0x100), fault);
  EXPECT_EQ(apic.write_msr(0x83f, 0x77), done);
  EXPECT_EQ(take_interrupt(apic), 0x77u);
}

TEST_F(RegistersTest, X2apicCommandIsOneRegister) {
  domain.x2apic_all();
  EXPECT_EQ(apic.write_msr(0x830, 0x0000'0000'0000'4045), done);
  EXPECT_EQ(take_interrupt(domain.apic(0)), 0x45u);
  EXPECT_EQ(apic.write_msr(0x830, 0xffff'ffff'0000'0056), done);
  EXPECT_EQ(msr(0x830), 0xffff'ffff'0000'0056u);
  EXPECT_EQ(take_interrupt(domain.apic(0)), 0x56u);
  EXPECT_EQ(take_interrupt(apic), 0x56u);
}

TEST_F(RegistersTest, IllegalVectorInCommandIsAnError) {
  domain.x2apic_all();
  EXPECT_EQ(apic.write_msr(0x830, 5), done);
  EXPECT_EQ(apic.write_msr(0x83f, 5), done);
  EXPECT_EQ(apic.write_msr(0x828, 0), done);
  EXPECT_EQ(msr(0x828), 0x20u);
}

TEST_F(RegistersTest, InitKeepsX2apicMode) {
  domain.x2apic_all();
  apic.set_waiting_for_startup(false);
  EXPECT_TRUE(apic.deliver({Vector{0}, DeliveryMode::init, Trigger::edge, {}}));
  apic.service();
  EXPECT_EQ(msr(0x1b), base | enable | extended);
  EXPECT_EQ(msr(0x802), 2u);
  EXPECT_EQ(msr(0x80d), 4u);
  EXPECT_EQ(msr(0x80f), 0xffu);
}

// ---- records

TEST_F(RegistersTest, DeadlineThatPassedDuringMigrationFires) {
  domain.enable_all();
  apic.write_mmio(0x320, 4, 0x4'00ef);
  u64 when = static_cast<u64>((domain.clock.now + milliseconds(1)).raw());
  EXPECT_EQ(apic.write_msr(0x6e0, when), done);
  hvm_hw_lapic state;
  hvm_hw_lapic_regs registers;
  apic.export_state(state, registers);
  EXPECT_EQ(state.tdt_msr, when);
  FakeDomain other{1};
  other.clock.now = domain.clock.now + milliseconds(2);
  ASSERT_TRUE(other.apic(0).import_state(state, registers));
  EXPECT_EQ(take_interrupt(other.apic(0)), 0xefu);
}

TEST_F(RegistersTest, RecordsRoundTrip) {
  domain.enable_all();
  LocalApic& source = domain.apic(0);
  source.write_mmio(0x80, 4, 0x30);
  source.write_mmio(0xd0, 4, 1u << 24);
  source.write_mmio(0x3e0, 4, 0xb);
  source.write_mmio(0x320, 4, 0x2'00ef);
  source.write_mmio(0x380, 4, 100'000);
  domain.advance(microseconds(250));
  EXPECT_TRUE(source.accept(Vector{0x61}, Trigger::level));
  EXPECT_EQ(take_interrupt(source), 0x61u);
  EXPECT_TRUE(source.accept(Vector{0x91}));

  hvm_hw_lapic state;
  hvm_hw_lapic_regs registers;
  source.export_state(state, registers);
  EXPECT_EQ(state.apic_base_msr, base | enable | bootstrap);
  EXPECT_EQ(state.timer_divisor, 1u);
  EXPECT_EQ(state.disabled, 0u);

  FakeDomain other{1};
  LocalApic& target = other.apic(0);
  ASSERT_TRUE(target.import_state(state, registers));
  hvm_hw_lapic state_again;
  hvm_hw_lapic_regs registers_again;
  target.export_state(state_again, registers_again);
  EXPECT_EQ(std::memcmp(&state, &state_again, sizeof state), 0);
  EXPECT_EQ(std::memcmp(&registers, &registers_again, sizeof registers), 0);
  EXPECT_GE(other.port(0).wakes, 1u);
  EXPECT_EQ(take_interrupt(target), 0x91u);
  target.end_of_interrupt();
  target.end_of_interrupt();
  EXPECT_EQ(other.port(0).broadcasts, std::vector<u8>{0x61});
  EXPECT_EQ(target.read_mmio(0x390, 4), 75'000u);
  other.advance(microseconds(750));
  EXPECT_EQ(take_interrupt(target), 0xefu);
}

TEST_F(RegistersTest, HostileRecordsAreRefusedOrTamed) {
  hvm_hw_lapic state{};
  hvm_hw_lapic_regs registers;
  std::memset(&registers, 0xff, sizeof registers);
  state.apic_base_msr = base | extended;
  EXPECT_EQ(apic.import_state(state, registers).error(), XEN_EINVAL);
  state.apic_base_msr = base | enable;
  state.timer_divisor = 77;
  state.tdt_msr = ~u64{0};
  ASSERT_TRUE(apic.import_state(state, registers));
  EXPECT_EQ(apic.read_mmio(0x20, 4), 2u << 24);
  EXPECT_EQ(apic.read_mmio(0x200, 4), 0xffff'0000u);
  EXPECT_EQ(apic.read_mmio(0x100, 4), 0xffff'0000u);
  EXPECT_EQ(apic.read_mmio(0x320, 4), 0x7'00ffu);
  EXPECT_EQ(take_interrupt(apic), 0u);
}

}  // namespace
}  // namespace xenolith::vapic
