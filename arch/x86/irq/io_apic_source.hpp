// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/irq/host_io_apics.hpp"
#include "arch/x86/irq/interrupt_source.hpp"

namespace xenolith::irq {

// A pin of an IO-APIC as a source of interrupts. Only right after an interrupt is it safe to point it elsewhere:
// masking loses edges, and an EOI finds a level-triggered pin by the vector that it had when it sent.
class IoApicSource final : public InterruptSource {
 public:
  // Masked, with the given signal.
  IoApicSource(HostIoApics::Pin pin, Trigger trigger, Polarity polarity) : pin_{pin} {
    RedirectionEntry entry;
    entry.set_trigger(trigger);
    entry.set_polarity(polarity);
    pin_.io_apic->write(pin_.number, entry);
  }

  Moves moves() const override { return Moves::when_handled; }
  Result<void> route(ApicId destination, Vector vector) override {
    if (destination > highest_addressable_apic) return Failure{XEN_ERANGE};
    pin_.io_apic->route(pin_.number, destination, vector);
    return {};
  }
  void set_masked(bool masked) override { pin_.io_apic->set_masked(pin_.number, masked); }
  void end_of_interrupt() override { pin_.io_apic->end_of_interrupt(pin_.number); }

 private:
  HostIoApics::Pin pin_;
};

}  // namespace xenolith::irq
