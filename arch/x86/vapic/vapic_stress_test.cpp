// SPDX-License-Identifier: MIT
// Threads send to each other's local APICs; nothing may be lost.
#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "arch/x86/vapic/fakes.hpp"
#include "arch/x86/vapic/io_apic.hpp"

namespace xenolith::vapic {
namespace {

// Each sender has vectors of its own and counts, per vector, requests it has made; the receiver remembers how many it
// had seen announced when it took the vector. In the end every announced request must have been followed by a delivery.
TEST(VapicStress, AcceptedInterruptsAreDelivered) {
  constexpr unsigned senders = 3, rounds = 200'000;
  FakeDomain domain{1};
  domain.enable_all();
  LocalApic& apic = domain.apic(0);
  std::array<std::atomic<u32>, 256> announced{};
  std::array<u32, 256> seen{};
  std::atomic<unsigned> finished{0};

  std::vector<std::thread> threads;
  for (unsigned s = 0; s < senders; ++s)
    threads.emplace_back([&, s] {
      for (unsigned i = 0; i < rounds; ++i) {
        unsigned vector = 32 + s + senders * (i * 7 % 70);
        announced[vector].fetch_add(1);
        EXPECT_TRUE(apic.accept(Vector{static_cast<u8>(vector)}, i & 1 ? Trigger::level : Trigger::edge));
      }
      finished.fetch_add(1);
    });
  while (true) {
    bool last_look = finished.load() == senders;
    bool idle = !apic.has_pending();
    while (unsigned vector = take_interrupt(apic)) {
      seen[vector] = announced[vector].load();
      apic.end_of_interrupt();
    }
    if (last_look && idle) break;
  }
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(apic.has_pending());
  for (unsigned v = 0; v < 256; ++v) EXPECT_EQ(seen[v], announced[v].load()) << v;
}

// The vCPU acknowledges a request of its own, which empties the register, while another of the same register arrives:
// its place in the event word must survive. In rounds, because the register's next request would hide a loss.
TEST(VapicStress, EmptyingARegisterHidesNothing) {
  constexpr unsigned rounds = 50'000;
  constexpr Vector own{0x40}, foreign{0x50};
  FakeDomain domain{1};
  domain.enable_all();
  LocalApic& apic = domain.apic(0);
  std::atomic<unsigned> round{0}, sent{0};
  std::thread sender{[&] {
    for (unsigned i = 1; i <= rounds; ++i) {
      for (unsigned spins = 0; round.load() < i; ++spins)
        if (spins > 1000) std::this_thread::yield();
      for (volatile unsigned delay = i % 64; delay > 0;) delay = delay - 1;
      EXPECT_TRUE(apic.accept(foreign));
      sent.store(i);
    }
  }};
  unsigned lost = 0;
  for (unsigned i = 1; i <= rounds; ++i) {
    round.store(i);
    static_cast<void>(apic.accept(own));
    for (unsigned taken = 0, spins = 0; taken < 2; ++spins) {
      bool all_sent = sent.load() == i;
      if (take_interrupt(apic)) {
        apic.end_of_interrupt();
        ++taken;
      } else if (all_sent) {
        ++lost;
        static_cast<void>(apic.accept(own));  // brings the lost one to light
        while (take_interrupt(apic)) apic.end_of_interrupt();
        break;
      } else if (spins > 1000) {
        std::this_thread::yield();
      }
    }
  }
  sender.join();
  EXPECT_EQ(lost, 0u);
}

// A level-triggered line whose device deasserts in the guest's handler: each assertion leads to a handler's run.
TEST(VapicStress, LevelLineIsServedWhileAsserted) {
  struct Port final : IoApicPort {
    void entry_changed(Gsi, RedirectionEntry) override {}
    void end_of_interrupt(Gsi) override {}
  } port;
  FakeDomain domain{1};
  domain.enable_all();
  IoApic::Configuration configuration{.address = GuestPhysical{0xfec0'0000}, .first = Gsi{0}, .pins = 24, .id = 0};
  auto io_apic = IoApic::create(configuration, domain.bus, port).take();
  io_apic->write_mmio(0, 4, 0x10);
  io_apic->write_mmio(0x10, 4, 0x8041);
  domain.port(0).on_broadcast = [&](Vector vector) { io_apic->end_of_interrupt(vector); };

  constexpr unsigned rounds = 1'000;
  std::atomic<bool> line{false};
  std::atomic<unsigned> served{0};
  std::thread device{[&] {
    for (unsigned i = 0; i < rounds; ++i) {
      arch::fake::current_cpu = CpuId{1};
      line.store(true);
      io_apic->assert_line(Gsi{0});
      while (line.load()) std::this_thread::yield();
    }
  }};
  LocalApic& apic = domain.apic(0);
  while (served.load() < rounds) {
    if (!take_interrupt(apic)) {
      std::this_thread::yield();
      continue;
    }
    if (line.load()) {
      io_apic->deassert_line(Gsi{0});
      served.fetch_add(1);
      line.store(false);
    }
    apic.end_of_interrupt();
  }
  device.join();
  EXPECT_EQ(served.load(), rounds);
}

// INIT and start-up messages race with the vCPU's own handling: it is never both waiting and released for good.
TEST(VapicStress, StartupAfterInitAlwaysStarts) {
  FakeDomain domain{1};
  LocalApic& apic = domain.apic(0);
  std::atomic<unsigned> stage{0};
  constexpr unsigned rounds = 20'000;
  std::thread sender{[&] {
    for (unsigned i = 0; i < rounds; ++i) {
      apic.deliver({Vector{0}, DeliveryMode::init, Trigger::edge, {}});
      EXPECT_TRUE(apic.deliver({Vector{static_cast<u8>(i)}, DeliveryMode::startup, Trigger::edge, {}}));
      while (stage.load() != i + 1) std::this_thread::yield();
    }
  }};
  FakePort& port = domain.port(0);
  for (unsigned i = 0; i < rounds; ++i) {
    while (port.starts.size() != i + 1) apic.service();
    stage.store(i + 1);
  }
  sender.join();
  EXPECT_EQ(port.releases.load(), rounds);
  EXPECT_EQ(port.inits, rounds);
  for (unsigned i = 0; i < rounds; ++i) ASSERT_EQ(port.starts[i], static_cast<u8>(i));
}

}  // namespace
}  // namespace xenolith::vapic
