// SPDX-License-Identifier: MIT
#include "core/sched/run_queue.hpp"

#include <algorithm>

namespace xenolith {

using namespace sched;

CpuSet allowed_cpus(const SchedUnit& unit) {
  CpuSet pool = unit.group().pool().cpus();
  CpuSet allowed = unit.hard_affinity() & pool;
  return allowed.empty() ? pool : allowed;
}

CpuSet preferred_cpus(const SchedUnit& unit) {
  CpuSet allowed = allowed_cpus(unit);
  CpuSet preferred = allowed & unit.soft_affinity();
  return preferred.empty() ? allowed : preferred;
}

bool RunQueue::accepts(const SchedUnit& unit) const {
  return pool_ == &unit.group().pool() && allowed_cpus(unit).contains(cpu_);
}

void RunQueue::charge(SystemTime now) {
  if (!running_ || now <= charged_to_) return;
  i64 scaled = (now - charged_to_).raw() * virtual_scale + running_->fraction_;
  running_->age_ = running_->age_ + VirtualSpan{scaled / running_->weight_};
  running_->fraction_ = scaled % running_->weight_;
  charged_to_ = now;
  advance_clock();
}

void RunQueue::advance_clock() {
  SchedUnit* head = first();
  if (running_ && head) clock_ = later(clock_, earlier(running_->age_, head->age_));
  else if (running_) clock_ = later(clock_, running_->age_);
  else if (head) clock_ = later(clock_, head->age_);
}

void RunQueue::attach(SchedUnit& unit, VirtualSpan credit) {
  if (idle()) catch_up(unit.pace_);
  unit.age_ = clock_ + std::max(unit.lag_, -credit);
  requeue(unit);
}

void RunQueue::requeue(SchedUnit& unit) {
  u16 weight = unit.group().weight();
  VirtualSpan lag = unit.age_ - clock_;
  // After a change of weight the lag stands for the same CPU time.
  if (unit.weight_ != 0 && unit.weight_ != weight) lag = lag * unit.weight_ / weight;
  // No unit is further ahead than one longest slice took it, unless it comes from another clock or the clock wrapped.
  Duration slice = std::max(max_slice, pool_ ? pool_->ratelimit() : max_slice);
  unit.age_ = clock_ + std::clamp(lag, -max_credit, std::max(max_credit, virtual_of(slice, weight) * 2));
  unit.weight_ = weight;
  unit.fraction_ = std::min<i64>(unit.fraction_, weight - 1);
  unit.arrival_ = arrivals_++;
  unit.state_ = SchedUnit::State::waiting;
  load_ += weight;
  waiting_.insert(unit);
}

void RunQueue::detach(SchedUnit& unit) {
  waiting_.erase(waiting_.iterator_to(unit));
  load_ -= unit.weight_;
}

void RunQueue::depart(SchedUnit& unit, CpuId target) {
  unit.lag_ = unit.age_ - clock_;
  unit.pace_ = pace();
  unit.state_ = SchedUnit::State::moving;
  unit.set_home(target);
}

SchedUnit* RunQueue::choose() {
  SchedUnit* head = first();
  if (!head || !head->yielding_) return head;
  head->yielding_ = false;
  auto second = std::next(waiting_.begin());
  return second == waiting_.end() ? head : &*second;
}

void RunQueue::run(SchedUnit& unit, SystemTime now, SystemTime slice_end) {
  waiting_.erase(waiting_.iterator_to(unit));  // its weight stays in the load
  unit.state_ = SchedUnit::State::running;
  unit.yielding_ = false;
  unit.restarting_ = false;
  running_ = &unit;
  charged_to_ = started_ = now;
  slice_end_ = slice_end;
  advance_clock();
}

SchedUnit& RunQueue::stop() {
  SchedUnit& unit = *running_;
  running_ = nullptr;
  load_ -= unit.weight_;
  return unit;
}

bool RunQueue::preempts(const SchedUnit& unit) const {
  return !running_ || unit.age_ + preempt_margin < running_->age_;
}

SchedUnit* RunQueue::find_for(CpuId thief, bool any) {
  SchedUnit* fallback = nullptr;
  auto at = any ? waiting_.lower_bound(search_from_, ByAge{}) : waiting_.begin();
  for (unsigned seen = 0; seen < steal_depth && seen < waiting_.size(); ++seen, ++at) {
    if (at == waiting_.end()) at = waiting_.begin();
    if (&*at == loaded_ || !allowed_cpus(*at).contains(thief)) continue;
    if (preferred_cpus(*at).contains(thief)) return &*at;
    if (any && !fallback) fallback = &*at;
  }
  if (any) search_from_ = fallback || at == waiting_.end() ? Place{clock_ + -max_credit, 0} : Place::of(*at);
  return fallback;
}

void RunQueue::catch_up(VirtualTime limit) {
  if (pace() < limit) drift_ += limit - pace();
}

void RunQueue::publish() {
  // alone: a reader acts on these only after it has taken this queue's lock
  summary_->pace.store(pace().raw(), std::memory_order_relaxed);
  summary_->load.store(load_, std::memory_order_relaxed);
  SchedPool* pool = pool_;
  if (!pool) return;
  const CpuId cpu = cpu_;
  const bool is_running = running_, others_wait = !waiting_.empty(), is_tickless = tickless();
  pool->idle_.put(cpu, !is_running && !others_wait);
  pool->overloaded_.put(cpu, others_wait);
  pool->tickless_.put(cpu, is_tickless);
}

}  // namespace xenolith
