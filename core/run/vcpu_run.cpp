// SPDX-License-Identifier: MIT
#include "core/run/vcpu_run.hpp"

#include <arch/cpu.hpp>
#include <arch/guest_layout.hpp>

#include <algorithm>

#include <cstring>

#include "core/domain/domain.hpp"
#include "core/domain/parts.hpp"
#include "core/events/virq.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/dispatcher.hpp"
#include "core/run/domain_run.hpp"
#include "core/time/clock.hpp"

namespace xenolith {
namespace {

constexpr u64 update_flag = XEN_RUNSTATE_UPDATE;

void write_area(const VcpuRun::SharedRunstate& area, const void* from, u64 at, u64 size) {
  auto* bytes = static_cast<const std::byte*>(from);
  u64 place = area.offset + at;
  u64 in_first = place < page_size ? std::min(size, page_size - place) : 0;
  if (in_first) std::memcpy(area.first_mapping.bytes() + place, bytes, in_first);
  if (in_first < size) std::memcpy(area.second_mapping.bytes() + (place + in_first - page_size), bytes + in_first, size - in_first);
}

// The guest reads it while its vCPU may be running: the flag in state_entry_time says that an update is under way.
template <class Info>
void publish(const VcpuRun::SharedRunstate& area, Info info) {
  constexpr u64 entry_offset = offsetof(Info, state_entry_time);
  u64 entry = info.state_entry_time;
  auto write_entry = [&](u64 value) { write_area(area, &value, entry_offset, sizeof value); };
  write_entry(entry | update_flag);
  std::atomic_thread_fence(std::memory_order_release);
  info.state_entry_time = entry | update_flag;
  write_area(area, &info, 0, sizeof(info));
  std::atomic_thread_fence(std::memory_order_release);
  write_entry(entry);
}

template <class Info, class Layout = arch::GuestLayout<Info>>
void publish_for(const VcpuRun::SharedRunstate& area, const Info& info) {
  if constexpr (!Layout::same) {
    typename Layout::Narrow narrow{};
    Layout::copy(narrow, info);
    if (area.words == GuestWordSize::bits32) return publish(area, narrow);
  }
  publish(area, info);
}

}  // namespace

Result<Own<VcpuRun>> create_vcpu_run(Vcpu& vcpu) {
  Own<VcpuRun> run = TRY(make<VcpuRun>(vcpu));
  TRY(Dispatcher::add(*run));
  return run;
}

VcpuRun::VcpuRun(Vcpu& vcpu)
    : SchedUnit{vcpu.domain().run().group(), vcpu.id()},
      vcpu_{vcpu},
      singleshot_{[](void* v) { send_virq(*static_cast<Vcpu*>(v), VIRQ_TIMER); }, &vcpu},
      periodic_{[](void* run) { static_cast<VcpuRun*>(run)->periodic_tick(); }, this},
      poll_timer_{[](void* v) { static_cast<Vcpu*>(v)->resume(Vcpu::polling); }, &vcpu} {
  runstate_.with([](Runstate& r) { r.since = now(); });
}

VcpuRun::~VcpuRun() {
  singleshot_.stop_sync();
  periodic_.stop_sync();
  poll_timer_.stop_sync();
  Dispatcher::remove(*this);
}

// Makes the scheduler's idea agree with whether the vCPU may run. Two CPUs may be here at once for different reasons;
// whoever finds afterwards that the answer has changed goes round again, so the last answer wins.
void VcpuRun::follow() {
  for (;;) {
    bool may_run = vcpu_.is_runnable();
    Dispatcher::set_runnable(*this, may_run);
    if (!is_on_cpu()) {
      u32 stops = vcpu_.stops();
      bool waits = (stops & (Vcpu::blocked | Vcpu::polling)) != 0;
      enter_state(may_run ? RUNSTATE_runnable : waits ? RUNSTATE_blocked : RUNSTATE_offline, now());
    }
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (vcpu_.is_runnable() == may_run) return;
  }
}

void VcpuRun::wait_until_off_cpu() const {
  if (is_on_cpu() && cpu() == arch::this_cpu()) return;  // it is the caller: off the CPU when the call is done
  while (is_on_cpu()) arch::pause();
}

void VcpuRun::dispatched(CpuId cpu, SystemTime now) {
  cpu_.store(cpu.raw(), std::memory_order_relaxed);
  on_cpu_.store(true, std::memory_order_release);
  singleshot_.move(cpu);
  periodic_.move(cpu);
  poll_timer_.move(cpu);
  enter_state(RUNSTATE_running, now);
}

void VcpuRun::descheduled(SystemTime now) {
  u32 stops = vcpu_.stops();
  bool waits = (stops & (Vcpu::blocked | Vcpu::polling)) != 0;
  enter_state(vcpu_.is_runnable() ? RUNSTATE_runnable : waits ? RUNSTATE_blocked : RUNSTATE_offline, now);
  on_cpu_.store(false, std::memory_order_release);  // pairs with the acquire in is_on_cpu()
}

void VcpuRun::enter_state(int state, SystemTime now) {
  runstate_.with([&](Runstate& r) {
    if (r.state == state) return;
    r.time[static_cast<unsigned>(r.state)] += static_cast<u64>(std::max<i64>((now - r.since).raw(), 0));
    r.state = state;
    r.since = now;
    if (r.shared.active) update_shared(r);
  });
}

vcpu_runstate_info VcpuRun::runstate(SystemTime now) {
  return runstate_.with([&](Runstate& r) {
    vcpu_runstate_info info{};
    info.state = r.state;
    info.state_entry_time = static_cast<u64>(r.since.raw());
    std::copy(r.time.begin(), r.time.end(), info.time);
    info.time[r.state] += static_cast<u64>(std::max<i64>((now - r.since).raw(), 0));
    return info;
  });
}

void VcpuRun::update_shared(Runstate& r) {
  vcpu_runstate_info info{};
  info.state = r.state;
  info.state_entry_time = static_cast<u64>(r.since.raw());
  std::copy(r.time.begin(), r.time.end(), info.time);
  publish_for(r.shared, info);
}

void VcpuRun::share_runstate(SharedRunstate place) {
  runstate_.with([&](Runstate& r) {
    std::swap(r.shared, place);
    if (r.shared.active) update_shared(r);
  });
}

void VcpuRun::set_periodic(Duration period) {
  period_.store(period.raw(), std::memory_order_relaxed);
  if (period > Duration::zero()) periodic_.set(now() + period);
  else periodic_.stop();
}

void VcpuRun::periodic_tick() {
  send_virq(vcpu_, VIRQ_TIMER);
  Duration period{period_.load(std::memory_order_relaxed)};
  if (period <= Duration::zero()) return;
  SystemTime next = periodic_.deadline() + period;
  periodic_.set(std::max(next, now()));
}

}  // namespace xenolith
