// SPDX-License-Identifier: MIT
#include "core/time/timer.hpp"

#include <arch/cpu.hpp>
#include <arch/run.hpp>

#include "core/base/lock.hpp"
#include "core/run/cpu_work.hpp"
#include "core/time/clock.hpp"

namespace xenolith {

// The timers of one CPU, by deadline. The queue's lock guards the timers in it.
class TimerQueue {
 public:
  struct Earlier {
    bool operator()(const Timer& a, const Timer& b) const { return a.deadline_ < b.deadline_; }
  };
  using Set = boost::intrusive::multiset<Timer, boost::intrusive::compare<Earlier>,
                                         boost::intrusive::constant_time_size<false>>;

  // Returns true if the timer is the first now.
  bool insert(Timer& timer, SystemTime deadline) {
    timer.deadline_ = deadline;
    timer.set_.store(true, std::memory_order_relaxed);
    timers_.insert(timer);
    return &*timers_.begin() == &timer;
  }
  void erase(Timer& timer) {
    if (!timer.set_.load(std::memory_order_relaxed)) return;
    timer.set_.store(false, std::memory_order_relaxed);
    timers_.erase(timers_.iterator_to(timer));
  }
  Timer* take_due(SystemTime now) {
    running_ = nullptr;
    if (timers_.empty() || timers_.begin()->deadline_ > now) return nullptr;
    running_ = &*timers_.begin();
    erase(*running_);
    return running_;
  }
  Timer* first() { return timers_.empty() ? nullptr : &*timers_.begin(); }
  bool is_running(const Timer& timer) const { return running_ == &timer; }

  static std::atomic<u32>& cpu_of(Timer& timer) { return timer.cpu_; }
  static void call(Timer& timer) { timer.function_(timer.context_); }

 private:
  Set timers_;
  Timer* running_ = nullptr;
};

namespace {

using LockedQueue = Locked<TimerQueue, LockRank::timer, IrqSafety::interrupt>;
struct alignas(arch::cache_line_size) Slot {
  alignas(LockedQueue) std::byte storage[sizeof(LockedQueue)];
};
// In raw storage, so that no constructor order matters: built by the first use of each CPU's own queue.
constinit Slot slots[arch::max_cpus]{};
constinit std::atomic<u8> built[arch::max_cpus]{};

LockedQueue& queue(CpuId cpu) {
  auto* at = reinterpret_cast<LockedQueue*>(slots[cpu.raw()].storage);
  u8 expected = 0;
  if (built[cpu.raw()].load(std::memory_order_acquire) == 2) return *at;  // pairs with the release below
  if (built[cpu.raw()].compare_exchange_strong(expected, 1)) {
    new (at) LockedQueue;
    built[cpu.raw()].store(2, std::memory_order_release);
  }
  while (built[cpu.raw()].load(std::memory_order_acquire) != 2) arch::pause();
  return *at;
}

// Calls function(queue) with the queue of the timer's CPU locked; returns that CPU too.
template <class Function>
CpuId with_queue(Timer& timer, Function function) {
  for (;;) {
    CpuId cpu{TimerQueue::cpu_of(timer).load(std::memory_order_acquire)};
    bool done = queue(cpu).with([&](TimerQueue& q) {
      if (TimerQueue::cpu_of(timer).load(std::memory_order_relaxed) != cpu.raw()) return false;
      function(q);
      return true;
    });
    if (done) return cpu;
  }
}

void look_at_timers(CpuId cpu) {
  if (cpu == arch::this_cpu()) run_work_soon(Work::timers);
  else raise_work(cpu, Work::timers);
}

}  // namespace

void Timer::set(SystemTime deadline) {
  bool first = false;
  CpuId cpu = with_queue(*this, [&](TimerQueue& q) {
    q.erase(*this);
    if (deadline != SystemTime::never()) first = q.insert(*this, deadline);
  });
  if (first) look_at_timers(cpu);
}

void Timer::stop() {
  if (!is_set()) return;
  with_queue(*this, [&](TimerQueue& q) { q.erase(*this); });
}

void Timer::stop_sync() {
  for (bool running = true; running;) {
    with_queue(*this, [&](TimerQueue& q) {
      q.erase(*this);
      running = q.is_running(*this);
    });
    if (running) arch::pause();
  }
}

void Timer::move(CpuId to) {
  if (cpu_.load(std::memory_order_relaxed) == to.raw()) return;
  SystemTime deadline = SystemTime::never();
  with_queue(*this, [&](TimerQueue& q) {
    if (is_set()) deadline = deadline_;
    q.erase(*this);
    cpu_.store(to.raw(), std::memory_order_release);
  });
  if (deadline != SystemTime::never()) set(deadline);
}

void run_due_timers() {
  LockedQueue& mine = queue(arch::this_cpu());
  while (Timer* due = mine.with([](TimerQueue& q) { return q.take_due(now()); })) TimerQueue::call(*due);
  mine.with([](TimerQueue& q) {
    Timer* first = q.first();
    arch::set_cpu_timer(first ? first->deadline() : SystemTime::never());
  });
}

void move_timers(CpuId from, CpuId to) {
  while (Timer* timer = queue(from).with([](TimerQueue& q) { return q.first(); })) timer->move(to);
}

}  // namespace xenolith
