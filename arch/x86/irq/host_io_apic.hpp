// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/irq/redirection_entry.hpp"
#include "core/base/lock.hpp"
#include "core/base/own.hpp"
#include "core/base/result.hpp"

namespace xenolith::irq {

// The register window of one physical IO-APIC.
class IoApicWindow {
 public:
  virtual u32 read(u8 index) = 0;
  virtual void write(u8 index, u32 value) = 0;
  // The EOI register (offset 0x40), which IO-APICs of version 0x20 and later have: completes level-triggered entries
  // with `vector`.
  virtual void end_of_interrupt(Vector vector) = 0;

 protected:
  ~IoApicWindow() = default;
};

// One physical IO-APIC: pins from gsi_base() on. Any context; LockRank::io_apic.
class HostIoApic {
 public:
  // Masks every pin and forgets what was in service. Fails with ENODEV when nothing answers in the window, ENOMEM.
  static Result<Own<HostIoApic>> create(Gsi gsi_base, IoApicWindow& window);
  HostIoApic(Gsi gsi_base, IoApicWindow& window, unsigned pins, u8 version);  // for create()

  Gsi gsi_base() const { return gsi_base_; }
  unsigned pins() const { return pins_; }
  bool contains(Gsi gsi) const { return gsi >= gsi_base_ && gsi.raw() - gsi_base_.raw() < pins_; }

  // Pins are below pins().
  void write(unsigned pin, RedirectionEntry entry);
  RedirectionEntry read(unsigned pin) const;
  void set_masked(unsigned pin, bool masked);
  // Points a pin at a CPU; masked meanwhile, the mask as before afterwards.
  void route(unsigned pin, ApicId destination, Vector vector);
  // Clears the pin's Remote IRR if it is set: by the EOI register, or, where there is none, by making the pin
  // edge-triggered for a moment, which resets the bit. The pin is masked.
  void end_of_interrupt(unsigned pin);

 private:
  RedirectionEntry read_entry(IoApicWindow& window, unsigned pin) const;
  void write_entry(IoApicWindow& window, unsigned pin, RedirectionEntry entry) const;
  void clear_remote_irr(IoApicWindow& window, unsigned pin) const;

  Gsi gsi_base_;
  unsigned pins_;
  bool has_eoi_register_;
  Locked<IoApicWindow&, LockRank::io_apic, IrqSafety::interrupt> window_;
};

}  // namespace xenolith::irq
