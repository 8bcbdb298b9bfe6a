// SPDX-License-Identifier: MIT
// Threads as CPUs: senders against consumers, against closing and binding, against a guest that writes its words.
#include <arch/cpu.hpp>

#include <atomic>
#include <thread>

#include "core/events/event_test.hpp"

namespace xenolith {
namespace {

constexpr int rounds = 20000;

class ConcurrencyTest : public EventTest {
 protected:
  // Runs the function as CPU n.
  template <class Function>
  static std::thread on_cpu(unsigned n, Function&& function) {
    return std::thread{[n, function] {
      arch::fake::current_cpu = CpuId{n};
      function();
    }};
  }
};

// Each sender sends again only after its event was taken: as many events are taken as were sent.
TEST_F(ConcurrencyTest, NoEventIsLostOrDoubled) {
  FifoGuest guest{one, 2, 1};
  constexpr unsigned senders = 3;
  struct Line {
    u32 port;
    std::atomic<int> sent{0}, taken{0};
  } lines[senders];
  std::vector<Line*> by_port(64);
  for (Line& line : lines) {
    u32 there = unbound_for(one.vcpu(), 2);
    line.port = bound_to(two.vcpu(), 1, there);
    by_port[there] = &line;
  }
  std::atomic<bool> stop{false};
  auto consume = [&](unsigned vcpu) {
    while (!stop) {
      for (u32 port : guest.consume(vcpu)) ++by_port[port]->taken;
      std::this_thread::yield();
    }
  };
  std::vector<std::thread> threads;
  threads.push_back(on_cpu(1, [&] { consume(0); }));
  threads.push_back(on_cpu(2, [&] { consume(1); }));
  std::atomic<int> running{senders};
  for (unsigned n = 0; n < senders; ++n)
    threads.push_back(on_cpu(4 + n, [&, n] {
      for (int i = 0; i < rounds / 10; ++i) {
        EXPECT_TRUE(two->events().send(Port{lines[n].port}));
        ++lines[n].sent;
        while (lines[n].taken < lines[n].sent) std::this_thread::yield();
      }
      --running;
    }));
  for (u32 turn = 0; running > 0; ++turn) {
    for (u32 port = 1; port <= senders; ++port) {
      EXPECT_TRUE(one->events().bind_vcpu(Port{port}, VcpuId{turn % 2}));
      EXPECT_TRUE(one->events().set_priority(Port{port}, turn % 16));
    }
    std::this_thread::yield();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  for (Line& line : lines) EXPECT_EQ(line.taken, line.sent);
}

TEST_F(ConcurrencyTest, ClosingAndBindingAgainstSending) {
  std::atomic<bool> stop{false};
  u32 there = unbound_for(two.vcpu(), 1);
  std::vector<std::thread> threads;
  for (unsigned n = 1; n < 3; ++n)
    threads.push_back(on_cpu(n, [&] {
      while (!stop) EXPECT_TRUE(two->events().send(Port{there}));
    }));
  for (int n = 0; n < rounds / 10; ++n) {
    Port here = *one->events().bind_interdomain(*two, Port{there});
    EXPECT_TRUE(one->events().close(here));
    EXPECT_FALSE(take_pending(*one, here.raw())) << "an event after the close";
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ConcurrencyTest, BothEndsClosedAtOnce) {
  for (int n = 0; n < 500; ++n) {
    Port there = *two->events().alloc_unbound(DomainId{1});
    Port here = *one->events().bind_interdomain(*two, there);
    std::thread other = on_cpu(1, [&] { EXPECT_TRUE(two->events().close(there)); });
    EXPECT_TRUE(one->events().close(here));
    other.join();
  }
}

TEST_F(ConcurrencyTest, TheGuestScribblesOverItsWords) {
  FifoGuest guest{one, 1, 1};
  for (int n = 0; n < 4; ++n) ipi(one.vcpu());
  std::atomic<bool> stop{false};
  std::thread scribbler = on_cpu(1, [&] {
    for (u32 n = 1; !stop; n = n * 1664525 + 1013904223) __atomic_store_n(guest.word(1 + (n >> 30)), n, __ATOMIC_SEQ_CST);
  });
  std::thread sender = on_cpu(2, [&] {
    for (int n = 0; n < rounds; ++n) EXPECT_TRUE(one->events().send(Port{1u + n % 4}));
  });
  for (int n = 0; n < rounds; ++n) EXPECT_TRUE(one->events().send(Port{4u - n % 4}));
  sender.join();
  stop = true;
  scribbler.join();
}

TEST_F(ConcurrencyTest, AWakeFromPollIsNeverMissed) {
  u32 port = ipi(one.vcpu()), answer = ipi(one.vcpu());
  Vcpu& poller = one.vcpu(1);
  std::thread sender = on_cpu(1, [&] {
    for (int n = 0; n < rounds / 10; ++n) {
      EXPECT_TRUE(one->events().send(Port{port}));
      while (!take_pending(*one, answer)) std::this_thread::yield();
    }
  });
  evtchn_port_t ports[] = {port};
  for (int n = 0; n < rounds / 10; ++n) {
    auto waits = begin_poll(poller, ports);
    EXPECT_TRUE(waits);
    while (poller.stops() & Vcpu::polling) std::this_thread::yield();
    EXPECT_TRUE(take_pending(*one, port));
    EXPECT_TRUE(one->events().send(Port{answer}));
  }
  sender.join();
}

}  // namespace
}  // namespace xenolith
