// SPDX-License-Identifier: MIT
// GuestTimer: the two timers of a vCPU. docs/gic.md, "Timers".
#pragma once

#include <atomic>

#include "arch/arm64/gic/gic.hpp"
#include "arch/arm64/timer/emulated_timer.hpp"
#include "core/time/timer.hpp"

namespace xenolith {
class Vcpu;
}

namespace xenolith::timer {

enum class TimerRegister : u8 { counter, control, compare_value, timer_value };

class GuestTimer {
 public:
  explicit GuestTimer(Vcpu& vcpu);
  GuestTimer(const GuestTimer&) = delete;
  GuestTimer& operator=(const GuestTimer&) = delete;

  // ---- the vCPU's own CPU, interrupts off: gets the virtual timer's hardware, and gives it back. Meanwhile a timer of the hypervisor
  // stands in for it. The vCPU's VcpuInterface need not be loaded.
  void load();
  void save();
  // The vCPU is off every CPU: as after a reset.
  void reset();

  // ---- the physical timer, on the vCPU's own CPU, interrupts on
  u64 read(TimerRegister which);
  void write(TimerRegister which, u64 value);

  // The interrupt of the virtual timer of this CPU.
  static gic::After interrupt();

 private:
  void virtual_due();
  void follow_physical();
  void arrange();

  Vcpu& vcpu_;
  std::atomic<bool> loaded_{false};
  u64 control_ = 0, compare_ = 0;  // of the virtual timer, while it is not loaded
  u64 user_access_ = 0;            // CNTKCTL_EL1
  EmulatedTimer physical_;
  Timer virtual_timer_, physical_timer_;
};

}  // namespace xenolith::timer
