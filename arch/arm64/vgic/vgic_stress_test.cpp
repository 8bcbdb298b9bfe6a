// SPDX-License-Identifier: MIT
// Threads as CPUs: interrupts are raised and moved while vCPUs take them. Each edge that was raised while none was pending is taken.
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "arch/arm64/vgic/fakes.hpp"

namespace xenolith::vgic {
namespace {

constexpr u32 first = 40, count = 12;
constexpr unsigned vcpus = 2, rounds = 20'000;

struct Stress {
  FakeDomain domain{Version::v3, vcpus, 2};
  std::array<std::atomic<unsigned>, count> raised{}, taken{};
  std::atomic<unsigned> running{2};

  Stress() {
    for (u32 i = 0; i < count; ++i) domain.distributor->spi(first + i).set(IrqWord::edge);
  }
  // Raises again only what has been taken: then none may be lost.
  void raise(unsigned seed) {
    std::mt19937 random{seed};
    for (unsigned i = 0; i < rounds; ++i) {
      u32 n = random() % (count / 2) * 2 + seed % 2;  // a half of them for each thread
      if (raised[n].load() == taken[n].load()) {
        raised[n].fetch_add(1);
        domain.distributor->raise(Intid{first + n});
      }
      if (random() % 8 == 0)
        domain.distributor->write_distributor(0, 0x6000 + (first + random() % count) * 8, 8, random() % vcpus);
    }
    running.fetch_sub(1);
  }
  bool serve(unsigned vcpu) {
    domain.enter(vcpu);
    u32 intid = domain.guest(vcpu).take();
    if (intid != 1023) {
      taken[intid - first].fetch_add(1);
      domain.guest(vcpu).end(intid);
    }
    domain.leave_quietly(vcpu);
    return intid != 1023;
  }
  void run(unsigned vcpu) {
    while (running.load() != 0) serve(vcpu);
  }
};

TEST(VgicStress, NoInterruptIsLostOrTakenTwice) {
  Stress stress;
  std::vector<std::thread> threads;
  for (unsigned n = 0; n < 2; ++n) threads.emplace_back([&, n] { stress.raise(n); });
  for (unsigned n = 0; n < vcpus; ++n) threads.emplace_back([&, n] { stress.run(n); });
  for (std::thread& thread : threads) thread.join();
  for (bool more = true; more;) {
    more = false;
    for (unsigned n = 0; n < vcpus; ++n) more = stress.serve(n) || more;
  }
  for (u32 i = 0; i < count; ++i) EXPECT_EQ(stress.raised[i], stress.taken[i]) << i;
}

}  // namespace
}  // namespace xenolith::vgic
