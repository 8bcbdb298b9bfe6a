// SPDX-License-Identifier: MIT
// Host nanoseconds per pick on one CPU with many waiting units, and per wake and block. Not a test.
#include <chrono>
#include <cstdio>
#include <deque>

#include "core/sched/scheduler.hpp"

using namespace xenolith;

namespace {

double nanoseconds_since(std::chrono::steady_clock::time_point start) {
  return static_cast<double>(std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count());
}

void measure(u32 count) {
  constexpr int rounds = 200'000;
  static Scheduler schedulers[3];
  static u32 used = 0;
  Scheduler& scheduler = schedulers[used++];
  SchedPool pool{0};
  SchedGroup group{DomainId{0}, pool};
  std::deque<SchedUnit> units;
  SystemTime now;
  CpuId cpu{0};
  if (!scheduler.add_cpu(pool, cpu) || !scheduler.add_group(group)) return;
  for (u32 i = 0; i < count; ++i) {
    auto& unit = units.emplace_back(group, VcpuId{i});
    if (!scheduler.add(unit)) return;
    scheduler.wake(unit, now);
  }
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; ++i) {
    now += milliseconds(10);
    scheduler.pick(cpu, now);
    scheduler.switched(cpu, now);
  }
  double pick = nanoseconds_since(start) / rounds;
  start = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; ++i) {
    auto& unit = units[static_cast<u32>(i) % count];
    scheduler.block(unit, now);
    scheduler.wake(unit, now);
  }
  std::printf("%6u units: %6.0f ns per pick, %6.0f ns per block and wake\n", count, pick, nanoseconds_since(start) / rounds);
  for (auto& unit : units) scheduler.block(unit, now);
  scheduler.pick(cpu, now);
  scheduler.switched(cpu, now);
  for (auto& unit : units) static_cast<void>(scheduler.remove(unit).failed());
}

}  // namespace

int main() {
  for (u32 count : {10u, 1'000u, 10'000u}) measure(count);
}
