// SPDX-License-Identifier: MIT
// For tests: a discrete-event model of a machine that runs vCPUs by the scheduler's decisions, with late timers and
// slow interrupts, and that watches what it is told: no unit on two CPUs, affinity, lost wake-ups, idle CPUs beside work.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "core/sched/inspector.hpp"

namespace xenolith {

// What a vCPU does: run for about `run`, sleep for about `sleep`, and so on. A hog never sleeps (run zero).
struct Workload {
  Duration run;
  Duration sleep;
  Duration yield_every;
};

struct SimVcpu {
  SimVcpu(SchedGroup& group, u32 id, Workload workload) : unit{group, VcpuId{id}}, workload{workload} {}
  SchedUnit unit;
  Workload workload;
  Duration left;               // until it blocks; for a hog meaningless
  Duration used;               // CPU time so far
  SystemTime waiting_since;    // while runnable and not running
  Duration longest_wait;
  Duration total_wait;
  int on_cpu = -1;
  u32 wakes = 0;
};

struct SimCpu {
  SimVcpu* running = nullptr;
  SystemTime since;
  SystemTime next_pick = SystemTime::never();
  u64 generation = 0;          // a timer that was set again makes the older event void
  SystemTime idle_beside_work = SystemTime::never();
  Duration idle_time;
  u64 picks = 0;
};

class Simulation {
 public:
  explicit Simulation(unsigned cpus, u64 seed = 1) : random{seed}, inspector{scheduler} {
    pools.push_back(std::make_unique<SchedPool>(0));
    cpu_of.resize(arch::max_cpus);
    for (u32 i = 0; i < cpus; ++i) add_cpu(0, CpuId{i});
  }

  ~Simulation() { tear_down(); }

  void add_cpu(unsigned pool, CpuId cpu) {
    auto poked = scheduler.add_cpu(*pools[pool], cpu);
    if (!poked) return fail("add_cpu failed");
    cpus.add(cpu);
    poke_all(*poked);
  }
  SchedGroup& add_group(u16 weight = 256, u16 cap = 0, unsigned pool = 0) {
    auto& group = *groups.emplace_back(std::make_unique<SchedGroup>(DomainId{static_cast<u16>(groups.size())}, *pools[pool]));
    if (!scheduler.add_group(group) || !scheduler.set_weight(group, weight)) fail("add_group failed");
    poke_all(scheduler.set_cap(group, cap, now));
    return group;
  }
  SimVcpu& add_vcpu(SchedGroup& group, Workload workload = {}, CpuSet hard = CpuSet::all(), CpuSet soft = CpuSet::all()) {
    auto& vcpu = vcpus.emplace_back(group, static_cast<u32>(vcpus.size()), workload);
    if (!scheduler.add(vcpu.unit) || !scheduler.set_affinity(vcpu.unit, hard, soft, now)) fail("add failed");
    at(now + spread(milliseconds(1)), [this, &vcpu] { wake(vcpu); });
    return vcpu;
  }
  void at(SystemTime time, std::function<void()> action) { events.push({time, sequence++, std::move(action)}); }

  void run_for(Duration span) {
    SystemTime end = now + span;
    while (!events.empty() && events.top().time <= end && failure.empty()) {
      auto event = events.top();
      events.pop();
      now = std::max(now, event.time);
      event.action();
    }
    now = end;
    for (CpuId cpu : CpuSet::all()) account(cpu);
  }
  void audit_every(Duration period) {
    at(now + period, [this, period] {
      audit();
      audit_every(period);
    });
  }

  void wake(SimVcpu& vcpu) {
    if (vcpu.unit.runnable()) return;
    ++vcpu.wakes;
    vcpu.waiting_since = now;
    vcpu.left = around(vcpu.workload.run);
    poke_if(scheduler.wake(vcpu.unit, now));
    auto state = vcpu.unit.state();
    CpuId home = vcpu.unit.home();
    if (state == SchedUnit::State::waiting && cpu_of[home.raw()].next_pick == SystemTime::never())
      fail("woken, but its CPU will not pick");
  }
  void poke_if(std::optional<CpuId> cpu) {
    if (cpu) poke(*cpu);
  }
  void poke_all(const CpuSet& set) {
    for (CpuId cpu : set) poke(cpu);
  }
  void poke(CpuId cpu) { pick_at(cpu, now + spread(interrupt_latency)); }

  void pick_at(CpuId cpu, SystemTime time) {
    SimCpu& state = cpu_of[cpu.raw()];
    if (time >= state.next_pick) return;
    state.next_pick = time;
    at(time, [this, cpu, generation = ++state.generation] {
      if (generation == cpu_of[cpu.raw()].generation) pick(cpu);
    });
  }

  Duration around(Duration mean) { return mean == Duration{} ? mean : mean / 2 + spread(mean); }
  Duration spread(Duration width) { return Duration{static_cast<i64>(random() % static_cast<u64>(width.raw() + 1))}; }
  void fail(std::string why) {
    if (failure.empty()) failure = why + " at " + std::to_string(now.raw());
  }

  void audit();
  void tear_down();
  u64 total_picks() const {
    u64 sum = 0;
    for (auto& cpu : cpu_of) sum += cpu.picks;
    return sum;
  }

  Scheduler scheduler;
  std::vector<std::unique_ptr<SchedPool>> pools;
  std::vector<std::unique_ptr<SchedGroup>> groups;
  std::deque<SimVcpu> vcpus;
  std::vector<SimCpu> cpu_of;
  CpuSet cpus;  // that are in a pool
  SystemTime now;
  std::mt19937_64 random;
  SchedInspector inspector;
  std::string failure;  // the first broken promise
  Duration interrupt_latency = microseconds(20);
  Duration timer_lateness = microseconds(50);
  Duration longest_idle_beside_work;

 private:
  struct Event {
    SystemTime time;
    u64 sequence;
    std::function<void()> action;
    bool operator<(const Event& other) const {
      return time == other.time ? sequence > other.sequence : time > other.time;
    }
  };

  void account(CpuId cpu) {
    SimCpu& state = cpu_of[cpu.raw()];
    Duration ran = now - state.since;
    state.since = now;
    if (!state.running) return void(state.idle_time += ran);
    state.running->used += ran;
    state.running->left -= ran;
  }
  void pick(CpuId cpu);
  void start(CpuId cpu, SimVcpu* next);
  void set_release(SystemTime time);

  std::priority_queue<Event> events;
  u64 sequence = 0;
  SystemTime release_set = SystemTime::never();
};

inline void Simulation::set_release(SystemTime time) {
  if (time >= release_set) return;
  release_set = time;
  at(std::max(time, now) + spread(timer_lateness), [this, time] {
    if (release_set != time) return;
    release_set = SystemTime::never();
    SchedRelease result = scheduler.release(now);
    poke_all(result.poke);
    set_release(result.next);
  });
}

inline void Simulation::start(CpuId cpu, SimVcpu* next) {
  SimCpu& state = cpu_of[cpu.raw()];
  SimVcpu* previous = state.running;
  if (previous == next) return;
  if (previous) {
    previous->on_cpu = -1;
    previous->waiting_since = now;
  }
  state.running = next;
  if (!next) return;
  if (next->on_cpu >= 0) fail("one unit on two CPUs");
  if (!next->unit.runnable()) fail("a unit that cannot run was picked");
  if (!allowed_cpus(next->unit).contains(cpu)) fail("affinity or pool violated");
  next->on_cpu = static_cast<int>(cpu.raw());
  next->longest_wait = std::max(next->longest_wait, now - next->waiting_since);
  next->total_wait += now - next->waiting_since;
}

inline void Simulation::pick(CpuId cpu) {
  SimCpu& state = cpu_of[cpu.raw()];
  state.next_pick = SystemTime::never();
  ++state.picks;
  account(cpu);
  if (SimVcpu* vcpu = state.running; vcpu && vcpu->unit.runnable()) {
    if (vcpu->workload.sleep > Duration{} && vcpu->left <= Duration{}) {
      scheduler.block(vcpu->unit, now);
      at(now + around(vcpu->workload.sleep), [this, vcpu] { wake(*vcpu); });
    } else if (vcpu->workload.yield_every > Duration{}) {
      scheduler.yield(vcpu->unit);
    }
  }
  SchedDecision decision = scheduler.pick(cpu, now);
  SimVcpu* next = decision.unit ? &vcpus[decision.unit->vcpu().raw()] : nullptr;
  bool other = next != state.running;
  start(cpu, next);
  if (other) poke_if(scheduler.switched(cpu, now));
  poke_all(decision.poke);
  set_release(decision.release_at);
  SystemTime until = decision.until;
  if (until != SystemTime::never()) until = std::max(until, now) + spread(timer_lateness);
  if (next && next->workload.sleep > Duration{}) until = std::min(until, now + std::max(next->left, microseconds(1)));
  if (next && next->workload.yield_every > Duration{}) until = std::min(until, now + around(next->workload.yield_every));
  if (until != SystemTime::never()) pick_at(cpu, until);
}

// As at the end of domains: everything stops and is removed.
inline void Simulation::tear_down() {
  for (auto& vcpu : vcpus) scheduler.block(vcpu.unit, now);
  for (CpuId cpu : CpuSet::all()) {
    if (scheduler.pick(cpu, now).unit) std::abort();
    scheduler.switched(cpu, now);
  }
  for (auto& vcpu : vcpus)
    if (scheduler.remove(vcpu.unit).failed()) std::abort();
  for (auto& group : groups)
    if (scheduler.remove_group(*group).failed()) std::abort();
}

inline void Simulation::audit() {
  for (CpuId cpu : CpuSet::all())
    if (auto wrong = inspector.check_queue(cpu); !wrong.empty()) fail(wrong);
  for (auto& group : groups)
    if (auto wrong = inspector.check_group(*group); !wrong.empty()) fail(wrong);
  CpuSet wanted;  // CPUs that some waiting unit could use
  for (auto& vcpu : vcpus) {
    if (vcpu.unit.state() == SchedUnit::State::waiting) wanted |= allowed_cpus(vcpu.unit);
    if (vcpu.on_cpu >= 0 && vcpu.unit.state() != SchedUnit::State::running) fail("runs without the scheduler's knowledge");
  }
  for (CpuId cpu : cpus) {
    SimCpu& state = cpu_of[cpu.raw()];
    if (state.running || !wanted.contains(cpu)) {
      state.idle_beside_work = SystemTime::never();
    } else if (state.idle_beside_work == SystemTime::never()) {
      state.idle_beside_work = now;
    } else {
      longest_idle_beside_work = std::max(longest_idle_beside_work, now - state.idle_beside_work);
    }
  }
}

}  // namespace xenolith
