// SPDX-License-Identifier: MIT
// What a virtual interrupt controller needs of the domain and the machine around it.
#pragma once

#include "arch/arm64/gic/intid.hpp"

namespace xenolith::vgic {

using gic::Intid;
using gic::Trigger;
using gic::Version;

class Port {
 public:
  // Something became relevant for the vCPU: make it leave its guest or wake up. Any context; the vCPU may not exist yet.
  virtual void wake(unsigned vcpu) = 0;

  // ---- for interrupts that are linked with the machine's of the same number. Process context, LockRank::virtual_device held.
  // The guest has changed how it wants the interrupt: let it come, as `trigger`, near to `vcpu`; or not.
  struct HardwareSetting {
    bool enabled = false;
    Trigger trigger = Trigger::level;
    unsigned vcpu = 0;
  };
  virtual void set_hardware(Intid intid, const HardwareSetting& setting) = 0;
  // Make the machine's interrupt pending, or not any more.
  virtual void set_hardware_pending(Intid intid, bool pending) = 0;
  // ---- no lock held, perhaps interrupts off
  // The guest has ended the interrupt without a list register that would have told the machine: of a private one, on this CPU.
  virtual void deactivate_hardware(Intid intid) = 0;
  // The guest has ended the SPI by its list register, which has told the machine.
  virtual void guest_has_ended(Intid intid) = 0;

  // ---- GICv3 with LPIs: a register of the redistributor of the machine that stands for the vCPU's
  virtual u64 read_redistributor(unsigned vcpu, u32 offset) = 0;
  virtual void write_redistributor(unsigned vcpu, u32 offset, u64 value) = 0;

 protected:
  ~Port() = default;
};

}  // namespace xenolith::vgic
