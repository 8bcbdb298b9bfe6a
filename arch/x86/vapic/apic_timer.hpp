// SPDX-License-Identifier: MIT
// ApicTimer: the timer of a local APIC. Touched by the vCPU's own CPU only.
// Source: Intel SDM volume 3, "APIC Timer".
#pragma once

#include "arch/x86/vapic/local_apic_port.hpp"
#include "core/base/types.hpp"

namespace xenolith::vapic {

// Counts down at 100 MHz (as Xen's does) divided by the divide configuration, or waits for a time-stamp.
class ApicTimer {
 public:
  static constexpr Duration bus_cycle = nanoseconds(10);
  // A periodic timer is not re-armed sooner than this: a guest cannot keep the host busy with a short period.
  static constexpr Duration minimum_interval = microseconds(100);

  // Bits 18:17 of the timer's LVT entry. In the reserved mode the timer stands still.
  enum class Mode : u8 { one_shot = 0, periodic = 1, tsc_deadline = 2, reserved = 3 };

  explicit ApicTimer(LocalApicPort& port) : port_{port} {}

  Mode mode() const { return mode_; }
  // To and from TSC-deadline mode the timer is disarmed; between one-shot and periodic it runs on.
  void set_mode(Mode mode);

  u32 initial_count() const { return initial_; }
  u32 current_count() const;
  // Starts counting; 0 stops. Ignored in TSC-deadline mode.
  void set_initial_count(u32 count);

  u32 divide_configuration() const { return divide_; }
  unsigned divisor() const;  // 1 to 128
  // Keeps the current count.
  void set_divide_configuration(u32 value);

  u64 tsc_deadline() const { return tsc_deadline_; }  // 0: disarmed
  // 0 disarms; ignored outside TSC-deadline mode. True if the deadline is in the past: the timer has run out then.
  [[nodiscard]] bool set_tsc_deadline(u64 tsc);

  // True once for each time that the timer has run out; expirations of a periodic timer that were missed count as one.
  bool take_expiration();

  void reset();
  // For restoring: as set_initial_count(), but with `current` left of the first period.
  void restore_counts(u32 initial, u32 current);

 private:
  Duration tick() const { return bus_cycle * divisor(); }
  Duration period() const { return tick() * initial_; }
  bool counts() const { return mode_ == Mode::one_shot || mode_ == Mode::periodic; }
  void run_for(u32 count);
  void arm(SystemTime deadline);

  LocalApicPort& port_;
  Mode mode_ = Mode::one_shot;
  u32 initial_ = 0;
  u32 divide_ = 0;
  u64 tsc_deadline_ = 0;
  SystemTime deadline_ = SystemTime::never();  // of the count or the time-stamp; never: stopped
};

}  // namespace xenolith::vapic
