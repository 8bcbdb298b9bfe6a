// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/irq/host_interrupts.hpp"
#include "arch/x86/irq/io_apic_source.hpp"
#include "core/base/heap_array.hpp"

namespace xenolith::irq {

// What a virtual redirection entry says about its line.
struct LineMode {
  bool masked;
  Trigger trigger;
  Polarity polarity;
};

// The virtual IO-APICs of the domain that owns the machine's interrupt lines.
class GuestLinePort {
 public:
  // The entry of `gsi` as it is now. Called with LockRank::guest_gsi held.
  virtual LineMode mode(Gsi gsi) = 0;
  // Sets the virtual line's state (setting it twice is once). From interrupt context with no lock held when asserted
  // and for the end of an edge; from GuestLines::guest_eoi() with LockRank::guest_gsi held when deasserted.
  virtual void set_line(Gsi gsi, bool asserted) = 0;
  // The physical CPUs where interrupts of this line are best taken, for instance where the vCPU that handles them runs.
  virtual CpuSet preferred_cpus(Gsi gsi) = 0;

 protected:
  ~GuestLinePort() = default;
};

// The machine's interrupt lines as the hardware domain uses them: a line is bound when the domain first unmasks it in
// its virtual IO-APIC. An edge is passed on as an edge. A level-triggered line is masked in the real IO-APIC from its
// interrupt to the domain's EOI, during which the virtual line is asserted; if the device still asserts the real line
// then, unmasking brings the next interrupt.
// Callers: process context, no lock of rank guest_gsi or higher held (so no virtual IO-APIC's).
class GuestLines {
 public:
  GuestLines(HostInterrupts& host, HostIoApics& io_apics, GuestLinePort& port)
      : host_{host}, io_apics_{io_apics}, port_{port} {}

  // Room for every GSI of the IO-APICs, which are all known by now. Fails with ENOMEM.
  Result<void> initialise();
  // Keeps a line, which the hypervisor uses itself, from the domain. Fails with EINVAL for an unknown GSI.
  Result<void> reserve(Gsi gsi);

  // The domain changed the redirection entry of `gsi`, which is read under our lock: whichever of several calls comes last
  // has the last word. Binds the line when it is unmasked for the first time and again
  // when trigger or polarity change (a pending interrupt counts as completed then). The mask is passed on.
  // Fails with EINVAL for an unknown GSI, EBUSY for a reserved one, and as HostIrq::create; the line stays unbound
  // then.
  Result<void> guest_entry_changed(Gsi gsi);
  // The domain completed an interrupt of `gsi` (EOI). Deasserts the virtual line and lets the next one come.
  void guest_eoi(Gsi gsi);
  // Moves the line's interrupts to a preferred CPU soon.
  void follow_guest(Gsi gsi);
  // Unbinds everything: the domain is gone.
  void release_all();

 private:
  class Line final : public InterruptAction {
   public:
    Line(GuestLines& owner, Gsi gsi, HostIoApics::Pin pin, Trigger trigger, Polarity polarity)
        : owner_{owner}, gsi_{gsi}, source_{pin, trigger, polarity}, trigger_{trigger}, polarity_{polarity} {}
    Result<void> start();
    Verdict fire(unsigned index) override;
    void complete();
    void stop();
    HostIrq& irq() { return *irq_; }
    bool has(Trigger trigger, Polarity polarity) const { return trigger_ == trigger && polarity_ == polarity; }

   private:
    GuestLines& owner_;
    Gsi gsi_;
    IoApicSource source_;
    Trigger trigger_;
    Polarity polarity_;
    Own<HostIrq> irq_;  // last: gone before what it uses
  };
  struct Slot {
    bool reserved = false;
    Own<Line> line;
  };
  using Slots = HeapArray<Slot>;

  Result<void> bind(Slot& slot, Gsi gsi, const LineMode& mode);

  HostInterrupts& host_;
  HostIoApics& io_apics_;
  GuestLinePort& port_;
  Locked<Slots, LockRank::guest_gsi> slots_;
};

}  // namespace xenolith::irq
