// SPDX-License-Identifier: MIT
// The two ends of a host interrupt: the hardware that raises it, and who is told.
#pragma once

#include "arch/x86/irq/irq_types.hpp"
#include "core/base/result.hpp"

namespace xenolith::irq {

// Hardware that raises interrupts: an IO-APIC pin, a device's MSI capability or an MSI-X entry. The functions are
// called with LockRank::irq_routing held; set_masked() and end_of_interrupt() also in interrupt context.
class InterruptSource {
 public:
  // When the source can be pointed elsewhere without losing or corrupting an interrupt in flight: at any time, or only
  // right after one of its interrupts has been handled.
  enum class Moves : u8 { any_time, when_handled };
  virtual Moves moves() const = 0;

  // Interrupts go to `destination` with `vector` (and the vectors after it, if there are several) from now on. Leaves
  // the mask as it is. Fails, with nothing changed, when the hardware cannot express that.
  virtual Result<void> route(ApicId destination, Vector vector) = 0;
  virtual void set_masked(bool masked) = 0;
  // A level-triggered interrupt has been handled and the source is masked: it may send the next once unmasked.
  virtual void end_of_interrupt() {}

 protected:
  ~InterruptSource() = default;
};

// Who is told of a host interrupt.
class InterruptAction {
 public:
  // `handled`: over. `pending`: (level-triggered only) somebody else will call HostIrq::complete(); until then it stays
  // masked.
  enum class Verdict : u8 { handled, pending };

  // Interrupt `index` of the source has arrived. Called in interrupt context with no lock held: takes interrupt-safe
  // locks only, none that a CPU may hold while it destroys a HostIrq (which waits for this function), and destroys no
  // HostIrq.
  virtual Verdict fire(unsigned index) = 0;

 protected:
  ~InterruptAction() = default;
};

}  // namespace xenolith::irq
