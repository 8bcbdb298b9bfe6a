// SPDX-License-Identifier: MIT
#include "arch/x86/vapic/apic_timer.hpp"

#include <algorithm>

namespace xenolith::vapic {

void ApicTimer::set_mode(Mode mode) {
  if (mode == mode_) return;
  bool runs_on = counts();
  mode_ = mode;
  if (runs_on && counts()) return;
  initial_ = 0;
  tsc_deadline_ = 0;
  arm(SystemTime::never());
}

u32 ApicTimer::current_count() const {
  if (!counts() || deadline_ == SystemTime::never()) return 0;
  Duration left = deadline_ - port_.now();
  if (left <= Duration::zero()) {
    if (mode_ == Mode::one_shot || initial_ == 0) return 0;
    left = period() - (-left) % period();
  }
  return static_cast<u32>(std::min<i64>((left + tick() - nanoseconds(1)) / tick(), initial_));
}

void ApicTimer::set_initial_count(u32 count) {
  if (mode_ == Mode::tsc_deadline) return;
  initial_ = count;
  run_for(count);
}

// Bits 3, 1 and 0 are a power of two that starts at 2 and wraps to 1.
unsigned ApicTimer::divisor() const {
  unsigned encoded = (divide_ & 3) | (divide_ >> 1 & 4);
  return 1u << ((encoded + 1) & 7);
}

void ApicTimer::set_divide_configuration(u32 value) {
  u32 left = current_count();
  bool running = deadline_ != SystemTime::never();
  divide_ = value & 0xb;
  if (counts() && running) run_for(std::max(left, 1u));
}

bool ApicTimer::set_tsc_deadline(u64 tsc) {
  if (mode_ != Mode::tsc_deadline) return false;
  SystemTime deadline = tsc ? port_.time_of_tsc(tsc) : SystemTime::never();
  bool past = deadline <= port_.now();
  tsc_deadline_ = past ? 0 : tsc;
  arm(past ? SystemTime::never() : deadline);
  return past;
}

bool ApicTimer::take_expiration() {
  if (deadline_ == SystemTime::never()) return false;
  SystemTime now = port_.now();
  if (now < deadline_) {  // the host's timer came early
    port_.set_timer(deadline_);
    return false;
  }
  if (mode_ == Mode::periodic && initial_ != 0) {
    deadline_ = now + (period() - (now - deadline_) % period());
    port_.set_timer(std::max(deadline_, now + minimum_interval));
    return true;
  }
  deadline_ = SystemTime::never();
  tsc_deadline_ = 0;
  return true;
}

void ApicTimer::reset() {
  mode_ = Mode::one_shot;
  initial_ = divide_ = 0;
  tsc_deadline_ = 0;
  arm(SystemTime::never());
}

void ApicTimer::restore_counts(u32 initial, u32 current) {
  if (!counts()) return;
  initial_ = initial;
  run_for(mode_ == Mode::periodic && current == 0 ? initial : std::min(initial, current));
}

void ApicTimer::run_for(u32 count) {
  arm(counts() && count != 0 ? port_.now() + tick() * count : SystemTime::never());
}

// The host's timer is left alone when it was off and stays off: the usual case of a reset.
void ApicTimer::arm(SystemTime deadline) {
  if (deadline == SystemTime::never() && deadline_ == deadline) return;
  deadline_ = deadline;
  port_.set_timer(deadline);
}

}  // namespace xenolith::vapic
