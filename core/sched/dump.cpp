// SPDX-License-Identifier: MIT
// The text behind the debug key 'r'.
#include "core/sched/scheduler.hpp"

namespace xenolith {

namespace {

constexpr unsigned units_shown = 16;  // per queue: the lock is held meanwhile

class Lines {
 public:
  Lines(Scheduler::LineSink sink, void* context) : sink_{sink}, context_{context} {}
  template <class... Arguments>
  void print(std::string_view text, const Arguments&... arguments) {
    char buffer[160];
    size_t length = format(buffer, text, arguments...);
    sink_(context_, std::string_view{buffer, length});
  }

 private:
  Scheduler::LineSink sink_;
  void* context_;
};

void print_unit(Lines& lines, std::string_view mark, const SchedUnit& unit, i64 lag) {
  const SchedGroup& group = unit.group();
  lines.print("   {} d{}v{} weight={} cap={} lag={}us", mark, group.domain(), unit.vcpu(), group.weight(), group.cap(),
              lag / 1000);
}

}  // namespace

void Scheduler::dump(const SchedPool& pool, LineSink line, void* context) {
  Lines lines{line, context};
  CpuSet cpus = pool.cpus();
  lines.print("Pool {}: scheduler: SMP Credit Scheduler rev2 (credit2)", pool.id());
  lines.print(" cpus={} idle={} ratelimit={}us", cpus.count(), pool.idle().count(), pool.ratelimit().raw() / 1000);
  for (CpuId cpu : cpus) {
    queue(cpu).with([&](RunQueue& queue) {
      lines.print(" CPU[{:02}] waiting={} load={} clock={}us", cpu, queue.waiting_count(), queue.load(),
                  queue.clock().raw() / 1000);
      if (queue.running()) print_unit(lines, "run:", *queue.running(), (queue.running()->age_ - queue.clock()).raw());
      unsigned shown = 0;
      for (const SchedUnit& unit : queue.waiting_) {
        if (shown++ == units_shown) return lines.print("   ... and {} more", queue.waiting_count() - units_shown);
        print_unit(lines, "    ", unit, (unit.age_ - queue.clock()).raw());
      }
    });
  }
}

}  // namespace xenolith
