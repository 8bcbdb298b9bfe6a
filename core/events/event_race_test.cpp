// SPDX-License-Identifier: MIT
// Threads as CPUs: senders against resets, changes of the ABI, growing arrays, and the end of a domain.
#include <arch/cpu.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <thread>

#include "core/events/event_test.hpp"

namespace xenolith {
namespace {

constexpr u32 channels = 8;

class EventRaceTest : public EventTest {
 protected:
  template <class Function>
  static std::thread on_cpu(unsigned n, Function&& function) {
    return std::thread{[n, function] {
      arch::fake::current_cpu = CpuId{n};
      function();
    }};
  }
  static void reset_all(EventTable& table) {
    auto how = EventTable::Reset::start;
    for (;;) {
      Result<bool> done = table.reset_step(how);
      ASSERT_TRUE(done);
      if (*done) return;
      how = EventTable::Reset::resume;
    }
  }
};

// The domain goes to the FIFO ABI, binds, and resets, again and again; its words and control blocks go while others send.
TEST_F(EventRaceTest, ResetAgainstSenders) {
  constexpr u64 control_gfn = 100, words_gfn = 110;
  one.populate(Gfn{control_gfn}), one.populate(Gfn{control_gfn + 1});
  auto* words = reinterpret_cast<u32*>(one.populate(Gfn{words_gfn}));
  u32 there[channels];
  for (u32& port : there) port = unbound_for(two.vcpu(), 1);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (unsigned cpu = 1; cpu < 3; ++cpu)
    threads.push_back(on_cpu(cpu, [&] {
      for (u32 n = 0; !stop; ++n) EXPECT_TRUE(two->events().send(Port{there[n % channels]}));
    }));
  for (int round = 0; round < 300; ++round) {
    EventTable& table = one->events();
    for (u32 vcpu = 0; vcpu < 2; ++vcpu) ASSERT_TRUE(table.init_control(VcpuId{vcpu}, Gfn{control_gfn + vcpu}, 0));
    for (u32 n = 0; n < channels; ++n) {
      Port here = *table.bind_interdomain(*two, Port{there[n]});
      ASSERT_TRUE(table.bind_vcpu(here, VcpuId{n % 2}));
      if (n == channels / 2) {
        EXPECT_TRUE(table.expand_array(Gfn{words_gfn}));
      }
    }
    std::this_thread::yield();
    reset_all(table);
    EXPECT_FALSE(table.uses_fifo());
    for (u32 n = 0; n < page_size / 4; ++n) __atomic_store_n(&words[n], 0u, __ATOMIC_SEQ_CST);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

// Events sent while their words are given to the hypervisor come once.
TEST_F(EventRaceTest, GrowingArrayAgainstSenders) {
  for (int round = 0; round < 300; ++round) {
    fake::TestDomain domain{10, {.vcpus = 1}};
    u32 ports[channels];
    for (u32& port : ports) port = ipi(domain.vcpu());
    FifoGuest guest{domain, 1, 0};
    std::atomic<bool> go{false};
    std::thread sender = on_cpu(1, [&] {
      while (!go) std::this_thread::yield();
      for (u32 port : ports) EXPECT_TRUE(domain->events().send(Port{port}));
    });
    go = true;
    guest.add_page();
    sender.join();
    std::vector<u32> taken = guest.consume();
    std::sort(taken.begin(), taken.end());
    EXPECT_EQ(taken, std::vector<u32>(std::begin(ports), std::end(ports)));
  }
}

// A domain ends while others send to it and it is asked about.
TEST_F(EventRaceTest, EndOfADomainAgainstSenders) {
  constexpr u16 id = 10;
  u32 there[channels];
  for (u32& port : there) port = unbound_for(two.vcpu(), id);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (unsigned cpu = 1; cpu < 3; ++cpu)
    threads.push_back(on_cpu(cpu, [&, cpu] {
      for (u32 n = cpu; !stop; ++n) {
        EXPECT_TRUE(two->events().send(Port{there[n % channels]}));
        auto now = two->events().status(Port{there[n % channels]});
        EXPECT_TRUE(now && (now->status == EVTCHNSTAT_unbound || now->status == EVTCHNSTAT_interdomain));
      }
    }));
  for (int round = 0; round < 100; ++round) {
    fake::TestDomain domain{id, {.vcpus = 2}};
    std::optional<FifoGuest> guest;
    if (round % 2) guest.emplace(domain, 2, 1);
    for (u32 port : there) ASSERT_TRUE(domain->events().bind_interdomain(*two, Port{port}));
    std::this_thread::yield();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  for (u32 port : there) EXPECT_EQ(status(two.vcpu(), port).status, u32{EVTCHNSTAT_unbound});
}

// Two vCPUs make and free ports at once: no port is given twice.
TEST_F(EventRaceTest, PortsAreGivenOnce) {
  std::array<std::atomic<int>, 256> owners{};
  auto work = [&] {
    for (int n = 0; n < 4000; ++n) {
      Port port = *one->events().bind_ipi(VcpuId{0});
      ASSERT_LT(port.raw(), owners.size());
      EXPECT_EQ(owners[port.raw()].fetch_add(1), 0);
      EXPECT_TRUE(one->events().send(port));
      owners[port.raw()].fetch_sub(1);
      EXPECT_TRUE(one->events().close(port));
    }
  };
  std::thread other = on_cpu(1, work);
  work();
  other.join();
}

}  // namespace
}  // namespace xenolith
