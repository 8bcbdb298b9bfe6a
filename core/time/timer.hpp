// SPDX-License-Identifier: MIT
// Timer: calls a function at a time, from the main loop of one CPU.
#pragma once

#include <atomic>

#include "core/base/intrusive.hpp"
#include "core/base/units.hpp"
#include "core/time/system_time.hpp"

namespace xenolith {

class Timer : public boost::intrusive::set_base_hook<> {
 public:
  using Function = void (*)(void* context);

  // `cpu` is where it fires until move() says otherwise.
  Timer(Function function, void* context, CpuId cpu = CpuId{0}) : function_{function}, context_{context}, cpu_{cpu.raw()} {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { stop_sync(); }

  // Fires once at `deadline` (soon, if that is past); replaces an earlier deadline. Any CPU, any context.
  void set(SystemTime deadline);
  // Does not fire any more; a call that is under way on another CPU may still go on.
  void stop();
  // The same, and no call is under way when this returns. Not from the timer's own function.
  void stop_sync();
  bool is_set() const { return set_.load(std::memory_order_relaxed); }
  SystemTime deadline() const { return deadline_; }
  // Fires on `cpu` from now on.
  void move(CpuId cpu);

 private:
  friend class TimerQueue;
  Function function_;
  void* context_;
  std::atomic<u32> cpu_;  // whose queue it belongs to; changed with that queue locked
  std::atomic<bool> set_{false};
  SystemTime deadline_ = SystemTime::never();
};

// Work::timers of this CPU: calls what is due and sets the CPU's timer for the next.
void run_due_timers();
// Moves the timers of a CPU that goes away to another.
void move_timers(CpuId from, CpuId to);

}  // namespace xenolith
