// SPDX-License-Identifier: MIT
// What a virtual local APIC needs of the vCPU and the machine around it.
#pragma once

#include "core/base/units.hpp"
#include "core/time/system_time.hpp"

namespace xenolith::vapic {

class LocalApicPort {
 public:
  // ---- on any CPU, perhaps with a virtual IO-APIC's lock held: locks of higher rank only
  // Something became pending: make the vCPU leave the guest or wake up, and look at has_pending(). Also called on
  // the vCPU's own CPU.
  virtual void wake() = 0;
  // A start-up request ended the wait that followed init(): the vCPU is runnable again, and its next service() calls
  // start().
  virtual void release() = 0;

  // ---- on the vCPU's own CPU, from service()
  // Bring the vCPU's registers to their state after INIT and take it off the run queues (`down`). release() may come
  // from another CPU at any time after this returns.
  virtual void init() = 0;
  // Start in real mode at physical address page * 4096 (CS = page * 256, IP = 0).
  virtual void start(u8 page) = 0;

  // ---- on the vCPU's own CPU
  // A level-triggered interrupt has been completed: the domain's IO-APICs must be told (IoApicSet::end_of_interrupt()).
  // No lock is held.
  virtual void end_of_interrupt(Vector vector) = 0;

  virtual SystemTime now() = 0;
  // Call LocalApic::timer_fired() at `deadline`, once, from any CPU; it replaces the deadline before. never(): do not.
  // A call that is late, early or too many does no harm.
  virtual void set_timer(SystemTime deadline) = 0;
  // When the vCPU's time-stamp counter reaches `tsc`; something in the past if it has already, never() if that is
  // beyond SystemTime's range.
  virtual SystemTime time_of_tsc(u64 tsc) = 0;

 protected:
  ~LocalApicPort() = default;
};

}  // namespace xenolith::vapic
