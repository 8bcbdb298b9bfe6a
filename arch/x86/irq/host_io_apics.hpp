// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>

#include "arch/x86/irq/host_io_apic.hpp"

namespace xenolith::irq {

// How a line is wired: to which global system interrupt, with what signal.
struct LineRoute {
  Gsi gsi;
  Trigger trigger;
  Polarity polarity;
};

// All IO-APICs of the machine and the wiring of the 16 ISA interrupts. Filled at boot from the MADT, by one CPU;
// afterwards read only.
class HostIoApics {
 public:
  static constexpr unsigned most_io_apics = 64;
  static constexpr unsigned isa_irqs = 16;
  struct Pin {
    HostIoApic* io_apic;
    unsigned number;
  };

  // ISA interrupts are GSIs of the same number, edge-triggered, active high, unless overridden.
  HostIoApics();

  // Fails with EEXIST when the pins' GSIs overlap another IO-APIC's, ENOSPC beyond most_io_apics, and as
  // HostIoApic::create.
  Result<void> add(Gsi gsi_base, IoApicWindow& window);
  // An interrupt source override. `flags` is the MADT's MPS INTI flags: polarity in bits 1:0, trigger in bits 3:2; "as
  // the bus" is edge-triggered, active high. Fails with EINVAL for an ISA interrupt above 15 and for reserved flags.
  // Source: ACPI specification, "Interrupt Source Override Structure" and table "MPS INTI Flags".
  Result<void> override_isa(u8 irq, Gsi gsi, u16 flags);

  std::optional<Pin> find(Gsi gsi) const;
  // How ISA interrupt `irq` (0 to 15) is wired.
  LineRoute isa(u8 irq) const { return isa_[irq % isa_irqs]; }
  // The highest GSI plus one; 0 without IO-APICs.
  u32 gsi_end() const;

 private:
  std::array<Own<HostIoApic>, most_io_apics> io_apics_;
  unsigned count_ = 0;
  std::array<LineRoute, isa_irqs> isa_;
};

}  // namespace xenolith::irq
