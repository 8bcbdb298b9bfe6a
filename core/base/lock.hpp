// SPDX-License-Identifier: MIT
// Locks that hold their data. Locked<T, rank, safety> gives access to its T only inside with().
#pragma once

#include <atomic>
#include <utility>

#include <arch/cpu.hpp>

#include "core/base/annotations.hpp"
#include "core/base/lock_ranks.hpp"
#include "core/base/types.hpp"

namespace xenolith {

// Checks, on each CPU, that locks are taken in the order of their ranks. Compiled to nothing in release builds.
// On a violation it panics with both ranks.
class LockOrder {
 public:
  static void acquired(LockRank rank);
  static void released(LockRank rank);

  // An interrupt handler takes its locks as if none were held: what it interrupts holds only locks that handlers do not take
  // (IrqSafety).
  class InterruptScope {
   public:
    InterruptScope();
    ~InterruptScope();
    InterruptScope(const InterruptScope&) = delete;
    InterruptScope& operator=(const InterruptScope&) = delete;

   private:
    u32 outer_;
  };
};

// FIFO ticket lock. Not recursive. Use through Locked.
class CAPABILITY("lock") SpinLock {
 public:
  constexpr SpinLock() = default;
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

  void acquire() ACQUIRE() {
    u32 ticket = next_.fetch_add(1, std::memory_order_relaxed);  // ordered by the acquire below
    while (serving_.load(std::memory_order_acquire) != ticket)   // pairs with the release in release()
      arch::pause();
  }
  bool try_acquire() TRY_ACQUIRE(true) {
    u32 ticket = serving_.load(std::memory_order_relaxed);
    // pairs with the release in release(): success means that nobody holds or waits
    return next_.compare_exchange_strong(ticket, ticket + 1, std::memory_order_acquire, std::memory_order_relaxed);
  }
  void release() RELEASE() {
    serving_.store(serving_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  bool is_held() const {
    return next_.load(std::memory_order_relaxed) != serving_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<u32> next_{0};
  std::atomic<u32> serving_{0};
};

// Disables interrupts on this CPU for its lifetime.
class InterruptsOff {
 public:
  InterruptsOff() : flags_{arch::disable_interrupts_save()} {}
  ~InterruptsOff() { arch::restore_interrupts(flags_); }
  InterruptsOff(const InterruptsOff&) = delete;
  InterruptsOff& operator=(const InterruptsOff&) = delete;

 private:
  u64 flags_;
};

struct InterruptsUnchanged {
  ~InterruptsUnchanged() {}  // non-trivial, so that an unused guard draws no warning
};

template <IrqSafety safety>
using InterruptGuard = std::conditional_t<safety == IrqSafety::interrupt, InterruptsOff, InterruptsUnchanged>;

// Holds a SpinLock with its rank and interrupt-safety for its lifetime.
template <LockRank rank, IrqSafety safety>
class SCOPED_CAPABILITY LockGuard {
 public:
  explicit LockGuard(SpinLock& lock) ACQUIRE(lock) : lock_{lock} {
    LockOrder::acquired(rank);
    lock_.acquire();
  }
  ~LockGuard() RELEASE() {
    lock_.release();
    LockOrder::released(rank);
  }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;

 private:
  InterruptGuard<safety> interrupts_;
  SpinLock& lock_;
};

// Data that may be touched only under its lock: table.with([&](auto& t) { ... }).
template <class T, LockRank rank, IrqSafety safety = IrqSafety::process>
class Locked {
 public:
  template <class... Arguments>
  constexpr explicit Locked(Arguments&&... arguments) : data_{std::forward<Arguments>(arguments)...} {}

  template <class Function>
  decltype(auto) with(Function&& function) {
    LockGuard<rank, safety> guard{lock_};
    return std::forward<Function>(function)(data_);
  }
  template <class Function>
  decltype(auto) with(Function&& function) const {
    LockGuard<rank, safety> guard{lock_};
    return std::forward<Function>(function)(data_);
  }

  // For the panic and console-dump paths, where the holder may never release: no lock is taken.
  T& unsynchronised() NO_THREAD_SAFETY_ANALYSIS { return data_; }

 private:
  mutable SpinLock lock_;
  T data_ GUARDED_BY(lock_);
};

}  // namespace xenolith
