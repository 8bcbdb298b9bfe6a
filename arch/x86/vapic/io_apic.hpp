// SPDX-License-Identifier: MIT
// IoApic: a virtual IO-APIC of a domain.
// Source: Intel 82093AA data sheet; version 0x20 and its EOI register: Intel chipset data sheets, "IOxAPIC".
#pragma once

#include <array>
#include <optional>

#include "arch/x86/vapic/apic_bus.hpp"
#include "arch/x86/vapic/redirection_entry.hpp"
#include "core/base/interface.hpp"
#include "core/base/lock.hpp"
#include "core/base/own.hpp"

namespace xenolith::vapic {

// Called with no lock held, on the CPU that caused it; calls of several CPUs may overlap.
class IoApicPort {
 public:
  // The guest has written the entry. `entry` may be old already; whoever keeps what follows from it asks
  // IoApic::entry() again under a lock of its own.
  virtual void entry_changed(Gsi gsi, RedirectionEntry entry) = 0;
  // The guest has completed the level-triggered interrupt. If the line is asserted still after this returns, the
  // interrupt is delivered again: deassert_line() here what the host's interrupt had asserted.
  virtual void end_of_interrupt(Gsi gsi) = 0;

 protected:
  ~IoApicPort() = default;
};

class IoApic {
 public:
  // As many as the 8-bit index register reaches; so the table is part of the object.
  static constexpr unsigned max_pins = 120;
  static constexpr u64 mmio_size = page_size;

  struct Configuration {
    GuestPhysical address;  // of its registers: aligned to mmio_size
    Gsi first;              // of its pins
    unsigned pins;          // 1 to max_pins
    u8 id;                  // 0 to 15
    u8 version = 0x11;      // 0x11, or from 0x20 on with EOI register
  };
  // All entries are masked. Fails with EINVAL (ranges above), ENOMEM.
  static Result<Own<IoApic>> create(const Configuration& configuration, ApicBus& bus, IoApicPort& port);

  GuestPhysical address() const { return configuration_.address; }
  Gsi first() const { return configuration_.first; }
  unsigned pins() const { return configuration_.pins; }
  bool has(Gsi gsi) const { return gsi >= first() && gsi.raw() - first().raw() < pins(); }

  // ---- registers: any CPU. `offset` below mmio_size; widths 1, 2, 4 at the registers' offsets, narrower writes are
  // extended by zeros. Whatever else has no effect, reads 0.
  u32 read_mmio(u64 offset, unsigned width) const;
  void write_mmio(u64 offset, unsigned width, u32 value);

  // ---- lines: any CPU. Lines are asserted as long as anyone asserts them (calls are counted). A GSI of another
  // IO-APIC is ignored.
  void assert_line(Gsi gsi);
  void deassert_line(Gsi gsi);
  // Assert and deassert in one: an edge.
  void pulse(Gsi gsi);

  // A local APIC has completed the level-triggered interrupt.
  void end_of_interrupt(Vector vector);
  // Masked if it is another IO-APIC's.
  RedirectionEntry entry(Gsi gsi) const;

  // ---- state, for records of type IOAPIC. How often each line is asserted is not part of it: the devices tell.
  // Fail with EINVAL if the record's pins are not ours.
  Result<void> export_state(hvm_hw_vioapic& state) const;
  Result<void> import_state(const hvm_hw_vioapic& state);

 private:
  template <class T, class... A>
  friend Result<Own<T>> xenolith::make(A&&...);
  IoApic(const Configuration& configuration, ApicBus& bus, IoApicPort& port)
      : configuration_{configuration}, bus_{bus}, port_{port}, state_{configuration.id} {}

  struct Pin {
    RedirectionEntry entry;
    u32 assertions = 0;
  };
  struct State {
    explicit State(u8 id) : id{id} {}
    u8 index = 0;  // IOREGSEL
    u8 id;
    std::array<Pin, max_pins> pins;
  };
  using PinSet = std::array<u64, 2>;
  // What is to be told after the lock has been released.
  struct Effect {
    unsigned pin;
    RedirectionEntry entry;
    bool ended;  // the write took the remote IRR away
  };

  std::optional<unsigned> pin_of(Gsi gsi) const;
  Gsi gsi_of(unsigned pin) const { return Gsi{first().raw() + pin}; }
  u32 read_window(const State& state) const;
  void write_window(u32 value);
  std::optional<Effect> write_selected(State& state, u32 value);
  void deliver_level(Pin& pin);
  void finish(const PinSet& ended);

  const Configuration configuration_;
  ApicBus& bus_;
  IoApicPort& port_;
  Locked<State, LockRank::io_apic_virtual, IrqSafety::interrupt> state_;
};

}  // namespace xenolith::vapic
