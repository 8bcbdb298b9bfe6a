// SPDX-License-Identifier: MIT
// Models of local APICs and an IO-APIC for unit tests: interrupts travel as they do in the machine.
#pragma once

#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "arch/x86/irq/host_interrupts.hpp"
#include "arch/x86/irq/host_io_apic.hpp"
#include "arch/x86/irq/msi_message.hpp"

namespace xenolith::irq::fake {

// Local APICs of all CPUs; CPU n has APIC ID n unless said otherwise. Interrupts wait in requested until run().
class Machine final : public HostApicPort {
 public:
  explicit Machine(unsigned cpus) {
    for (u32 n = 0; n < cpus; ++n) {
      ids[n] = n;
      if (host.add_cpu(CpuId{n}).failed()) std::abort();
    }
  }

  void end_of_interrupt() override {
    ++eois;
    if (!in_service.raw()) return;
    Vector done = in_service;
    in_service = Vector{0};
    for (auto& listener : eoi_listeners) listener(done);
  }
  bool is_requested(Vector vector) override { return requested.contains({arch::this_cpu().raw(), vector.raw()}); }
  void request_reap(CpuId cpu) override { reaps.insert(cpu.raw()); }
  ApicId apic_id(CpuId cpu) override { return ApicId{ids[cpu.raw()]}; }

  void send(ApicId destination, Vector vector) {
    for (auto& [cpu, id] : ids)
      if (id == destination.raw()) requested.insert({cpu, vector.raw()});
  }
  // A device's write to the interrupt address range; others are memory writes and lost.
  void send(const MsiMessage& message) {
    if ((message.address & ~u64{0xff000}) == 0xfee00000)
      send(ApicId{static_cast<u32>(message.address >> 12) & 0xff}, Vector{static_cast<u8>(message.data)});
  }
  // Takes one waiting interrupt, if there is one.
  bool step() {
    if (requested.empty()) return false;
    auto [cpu, vector] = *requested.begin();
    requested.erase(requested.begin());
    arch::fake::current_cpu = CpuId{cpu};
    in_service = Vector{vector};
    ++dispatched;
    InterruptsOff off;
    host.dispatch(CpuId{cpu}, in_service);
    arch::fake::current_cpu = CpuId{0};
    return true;
  }
  void run() {
    for (int n = 0; n < 1000 && step(); ++n) {
    }
  }
  // Every CPU passes its main loop.
  void reap() {
    auto now = std::exchange(reaps, {});
    for (u32 cpu : now) {
      arch::fake::current_cpu = CpuId{cpu};
      host.reap(CpuId{cpu});
    }
    arch::fake::current_cpu = CpuId{0};
  }
  unsigned vectors_in_use() const {
    unsigned sum = 0;
    for (auto& [cpu, id] : ids) sum += host_tables().in_use(CpuId{cpu});
    return sum;
  }

  std::map<u32, u32> ids;
  std::set<std::pair<u32, u8>> requested;
  std::set<u32> reaps;
  std::vector<std::function<void(Vector)>> eoi_listeners;
  Vector in_service{0};
  unsigned eois = 0, dispatched = 0;
  HostInterrupts host{*this};

 private:
  const VectorTables& host_tables() const { return const_cast<Machine*>(this)->host.tables(); }
};

// An IO-APIC whose lines the test drives.
class IoApic final : public IoApicWindow {
 public:
  explicit IoApic(Machine& machine, u32 version = 0x170020) : version_{version}, machine_{machine} {
    machine.eoi_listeners.push_back([this](Vector vector) {
      if (broadcast) end_of_interrupt(vector);
    });
  }

  u32 read(u8 index) override {
    if (index == 1) return version_;
    u64 raw = entry(index).raw();
    return static_cast<u32>(index % 2 ? raw >> 32 : raw);
  }
  void write(u8 index, u32 value) override {
    RedirectionEntry& e = entry(index);
    constexpr u64 read_only = bit(14) | bit(12);
    u64 raw = index % 2 ? (e.raw() & 0xffffffff) | (u64{value} << 32)
                        : (e.raw() & (read_only | ~u64{0xffffffff})) | (value & ~read_only);
    e = RedirectionEntry{raw};
    if (e.trigger() == Trigger::edge) e = RedirectionEntry{e.raw() & ~bit(14)};
    evaluate(static_cast<unsigned>(index - 0x10) / 2);
  }
  void end_of_interrupt(Vector vector) override {
    for (unsigned pin = 0; pin < 24; ++pin) {
      if (entries[pin].trigger() != Trigger::level || entries[pin].vector() != vector) continue;
      entries[pin] = RedirectionEntry{entries[pin].raw() & ~bit(14)};
      evaluate(pin);
    }
  }

  void set_line(unsigned pin, bool asserted) {
    bool rose = asserted && !lines[pin];
    lines[pin] = asserted;
    if (rose && entries[pin].trigger() == Trigger::edge && !entries[pin].masked()) send(pin);
    evaluate(pin);
  }
  void pulse(unsigned pin) {
    set_line(pin, true);
    set_line(pin, false);
  }

  std::array<RedirectionEntry, 24> entries{};
  std::array<bool, 24> lines{};
  bool broadcast = true;

 private:
  RedirectionEntry& entry(u8 index) { return entries.at((index - 0x10u) / 2); }
  void send(unsigned pin) { machine_.send(entries[pin].destination(), entries[pin].vector()); }
  void evaluate(unsigned pin) {
    RedirectionEntry& e = entries[pin];
    if (e.trigger() != Trigger::level || e.masked() || e.remote_irr() || !lines[pin]) return;
    e = RedirectionEntry{e.raw() | bit(14)};
    send(pin);
  }

  u32 version_;
  Machine& machine_;
};

// An MSI-like source that remembers its message.
class Source final : public InterruptSource {
 public:
  Moves moves() const override { return policy; }
  Result<void> route(ApicId destination, Vector vector) override {
    if (refuse) return Failure{XEN_EIO};
    message = compose_msi(destination, vector).take();
    return {};
  }
  void set_masked(bool value) override { masked = value; }

  MsiMessage message{};
  Moves policy = Moves::any_time;
  bool masked = false, refuse = false;
};

class Action final : public InterruptAction {
 public:
  Verdict fire(unsigned index) override {
    fired.push_back(index);
    return verdict;
  }
  std::vector<unsigned> fired;
  Verdict verdict = Verdict::handled;
};

}  // namespace xenolith::irq::fake
