// SPDX-License-Identifier: MIT
#include "arch/x86/vapic/apic_timer.hpp"

#include <gtest/gtest.h>

#include "arch/x86/vapic/fakes.hpp"

namespace xenolith::vapic {
namespace {

struct TimerTest : testing::Test {
  FakeDomain domain{1};
  LocalApic& apic = domain.apic(0);
  FakePort& port = domain.port(0);

  TimerTest() { domain.enable_all(); }
  void set(u32 lvt, u32 divide, u32 count) {
    apic.write_mmio(0x320, 4, lvt);
    apic.write_mmio(0x3e0, 4, divide);
    apic.write_mmio(0x380, 4, count);
  }
  u32 count() { return apic.read_mmio(0x390, 4); }
  // How many interrupts come in `span`, each completed at once.
  unsigned interrupts_in(Duration span) {
    unsigned taken = 0;
    SystemTime end = domain.clock.now + span;
    while (domain.clock.now < end) {
      domain.advance(std::min(microseconds(10), end - domain.clock.now));
      if (!take_interrupt(apic)) continue;
      apic.end_of_interrupt();
      ++taken;
    }
    return taken;
  }
};
constexpr u32 one_shot = 0x0'00ef, periodic = 0x2'00ef, deadline = 0x4'00ef, masked = 0x1'0000, by_1 = 0xb, by_16 = 0x3;

TEST_F(TimerTest, OneShotCountsDownAndFiresOnce) {
  set(one_shot, by_1, 100'000);  // 1 ms
  EXPECT_EQ(count(), 100'000u);
  domain.advance(microseconds(400));
  EXPECT_EQ(count(), 60'000u);
  EXPECT_EQ(take_interrupt(apic), 0u);
  domain.advance(microseconds(600));
  EXPECT_EQ(count(), 0u);
  EXPECT_EQ(take_interrupt(apic), 0xefu);
  apic.end_of_interrupt();
  EXPECT_EQ(interrupts_in(milliseconds(5)), 0u);
  EXPECT_EQ(apic.read_mmio(0x380, 4), 100'000u);
}

TEST_F(TimerTest, ZeroStops) {
  set(one_shot, by_1, 100'000);
  apic.write_mmio(0x380, 4, 0);
  EXPECT_EQ(port.deadline, SystemTime::never());
  EXPECT_EQ(interrupts_in(milliseconds(5)), 0u);
}

TEST_F(TimerTest, PeriodicKeepsItsPace) {
  set(periodic, by_16, 6'250);  // 1 ms
  EXPECT_EQ(interrupts_in(milliseconds(10)), 10u);
  domain.advance(microseconds(250));
  EXPECT_EQ(count(), 4'688u);  // 4687.5, counted up
}

TEST_F(TimerTest, MissedPeriodsCountOnce) {
  set(periodic, by_1, 100'000);
  domain.clock.now += microseconds(3'500);
  port.deadline = SystemTime::never();
  apic.timer_fired();
  EXPECT_EQ(take_interrupt(apic), 0xefu);
  apic.end_of_interrupt();
  EXPECT_EQ(port.deadline - domain.clock.now, microseconds(500));
  EXPECT_EQ(count(), 50'000u);
}

TEST_F(TimerTest, ShortPeriodCannotKeepTheHostBusy) {
  set(periodic, by_1, 1);
  unsigned before = port.timer_settings;
  domain.advance(milliseconds(10));
  EXPECT_LE(port.timer_settings - before, 101u);
  EXPECT_LE(count(), 1u);
}

TEST_F(TimerTest, EveryDivisor) {
  const std::pair<u32, unsigned> table[] = {{0, 2}, {1, 4}, {2, 8}, {3, 16}, {8, 32}, {9, 64}, {0xa, 128}, {0xb, 1}};
  for (auto [value, divisor] : table) {
    set(one_shot, value, 1000);
    EXPECT_EQ(port.deadline - domain.clock.now, nanoseconds(10'000) * divisor);
  }
}

TEST_F(TimerTest, NewDivisorKeepsTheCount) {
  set(one_shot, by_1, 1000);
  domain.advance(microseconds(4));
  apic.write_mmio(0x3e0, 4, by_16);
  EXPECT_EQ(count(), 600u);
  EXPECT_EQ(port.deadline - domain.clock.now, microseconds(96));
}

TEST_F(TimerTest, MaskedTimerRunsSilently) {
  set(one_shot | masked, by_1, 1000);
  domain.advance(microseconds(5));
  EXPECT_EQ(count(), 500u);
  EXPECT_EQ(interrupts_in(microseconds(20)), 0u);
}

TEST_F(TimerTest, EarlyHostTimerIsArmedAgain) {
  set(one_shot, by_1, 100'000);
  port.deadline = SystemTime::never();
  apic.timer_fired();
  apic.service();
  EXPECT_EQ(take_interrupt(apic), 0u);
  EXPECT_EQ(interrupts_in(milliseconds(1)), 1u);
}

TEST_F(TimerTest, TscDeadline) {
  u64 value = 0;
  u64 when = static_cast<u64>((domain.clock.now + milliseconds(1)).raw());
  EXPECT_EQ(apic.write_msr(0x6e0, when), MsrOutcome::done);  // ignored in this mode
  EXPECT_EQ(apic.read_msr(0x6e0, value), MsrOutcome::done);
  EXPECT_EQ(value, 0u);
  apic.write_mmio(0x320, 4, deadline);
  apic.write_mmio(0x380, 4, 1000);  // ignored, likewise
  EXPECT_EQ(port.deadline, SystemTime::never());
  EXPECT_EQ(apic.write_msr(0x6e0, when), MsrOutcome::done);
  EXPECT_EQ(apic.read_msr(0x6e0, value), MsrOutcome::done);
  EXPECT_EQ(value, when);
  EXPECT_EQ(count(), 0u);
  EXPECT_EQ(interrupts_in(milliseconds(3)), 1u);
  EXPECT_EQ(apic.read_msr(0x6e0, value), MsrOutcome::done);
  EXPECT_EQ(value, 0u);
}

TEST_F(TimerTest, TscDeadlineInThePastFiresAtOnce) {
  apic.write_mmio(0x320, 4, deadline);
  EXPECT_EQ(apic.write_msr(0x6e0, 1), MsrOutcome::done);
  EXPECT_EQ(apic.highest_pending(), Vector{0xef});
  EXPECT_EQ(apic.write_msr(0x6e0, ~u64{0}), MsrOutcome::done);
  EXPECT_EQ(port.deadline, SystemTime::never());
}

TEST_F(TimerTest, LeavingDeadlineModeDisarms) {
  apic.write_mmio(0x320, 4, deadline);
  EXPECT_EQ(apic.write_msr(0x6e0, static_cast<u64>((domain.clock.now + milliseconds(1)).raw())), MsrOutcome::done);
  apic.write_mmio(0x320, 4, one_shot);
  EXPECT_EQ(interrupts_in(milliseconds(3)), 0u);
}

TEST_F(TimerTest, OneShotTurnsPeriodicWhileRunning) {
  set(one_shot, by_1, 100'000);
  domain.advance(microseconds(400));
  apic.write_mmio(0x320, 4, periodic);
  EXPECT_EQ(count(), 60'000u);
  EXPECT_EQ(interrupts_in(microseconds(2'700)), 3u);
}

TEST_F(TimerTest, LateExpirationAfterResetIsDropped) {
  set(one_shot, by_1, 1000);
  domain.clock.now += milliseconds(1);
  apic.reset();
  apic.timer_fired();
  apic.service();
  EXPECT_FALSE(apic.has_pending());
}

}  // namespace
}  // namespace xenolith::vapic
