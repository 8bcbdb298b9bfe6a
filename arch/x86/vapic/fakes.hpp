// SPDX-License-Identifier: MIT
// For tests: a vCPU's surroundings with a clock that is moved by hand, and a domain of several local APICs.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "arch/x86/vapic/apic_bus.hpp"
#include "arch/x86/vapic/local_apic.hpp"

namespace xenolith::vapic {

struct FakeClock {
  SystemTime now{1'000'000};
};

// The time-stamp counter counts nanoseconds of the clock.
class FakePort final : public LocalApicPort {
 public:
  explicit FakePort(FakeClock& clock) : clock_{clock} {}

  void wake() override { wakes.fetch_add(1); }
  void release() override { releases.fetch_add(1); }
  void init() override {
    ++inits;
    if (during_init) during_init();
  }
  void start(u8 page) override { starts.push_back(page); }
  void end_of_interrupt(Vector vector) override {
    broadcasts.push_back(vector.raw());
    if (on_broadcast) on_broadcast(vector);
  }
  SystemTime now() override { return clock_.now; }
  void set_timer(SystemTime value) override {
    deadline = value;
    ++timer_settings;
  }
  SystemTime time_of_tsc(u64 tsc) override {
    return tsc > static_cast<u64>(SystemTime::never().raw()) ? SystemTime::never() : SystemTime{static_cast<i64>(tsc)};
  }

  std::atomic<unsigned> wakes{0}, releases{0};
  unsigned inits = 0, timer_settings = 0;
  std::vector<u8> starts, broadcasts;
  SystemTime deadline = SystemTime::never();
  std::function<void()> during_init;
  std::function<void(Vector)> on_broadcast;

 private:
  FakeClock& clock_;
};

// APICs with IDs 0, 2, 4, ..., the first of which is the bootstrap processor's.
class FakeDomain {
 public:
  explicit FakeDomain(unsigned count, std::function<void(LocalApic::Configuration&)> adjust = {})
      : slots_(count), bus{slots_, 1} {
    for (unsigned i = 0; i < count; ++i) {
      LocalApic::Configuration configuration{.id = ApicId{i * 2}, .bootstrap = i == 0};
      if (adjust) adjust(configuration);
      ports_.push_back(std::make_unique<FakePort>(clock));
      apics_.push_back(std::make_unique<LocalApic>(configuration, *ports_[i], bus));
      attached = bus.attach(i, *apics_[i]) && attached;
    }
  }

  LocalApic& apic(unsigned i) { return *apics_[i]; }
  FakePort& port(unsigned i) { return *ports_[i]; }

  void enable_all() {
    for (auto& apic : apics_) apic->write_mmio(0xf0, 4, 0x1ff);
  }
  void x2apic_all() {
    for (auto& apic : apics_) {
      u64 base = 0;
      static_cast<void>(apic->read_msr(LocalApic::msr_base, base));
      static_cast<void>(apic->write_msr(LocalApic::msr_base, base | 1u << 10));
      static_cast<void>(apic->write_msr(0x80f, 0x1ff));
    }
  }
  // Moves the clock; the host's timers fire on the way, each once, and their vCPUs look at what they have.
  void advance(Duration span) {
    SystemTime end = clock.now + span;
    while (true) {
      unsigned next = 0;
      for (unsigned i = 1; i < ports_.size(); ++i)
        if (ports_[i]->deadline < ports_[next]->deadline) next = i;
      SystemTime deadline = ports_[next]->deadline;
      if (deadline > end) break;
      if (deadline > clock.now) clock.now = deadline;
      ports_[next]->deadline = SystemTime::never();
      apics_[next]->timer_fired();
      apics_[next]->service();
    }
    clock.now = end;
  }

  FakeClock clock;
  bool attached = true;

 private:
  std::deque<std::unique_ptr<FakePort>> ports_;
  std::deque<std::unique_ptr<LocalApic>> apics_;
  std::vector<ApicBus::Slot> slots_;

 public:
  ApicBus bus;
};

// What is delivered next, acknowledged; 0: nothing.
inline unsigned take_interrupt(LocalApic& apic) {
  apic.service();
  auto vector = apic.highest_pending();
  if (!vector) return 0;
  apic.acknowledge(*vector);
  return vector->raw();
}

}  // namespace xenolith::vapic
