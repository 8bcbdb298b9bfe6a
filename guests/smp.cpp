// SPDX-License-Identifier: MIT
// Several vCPUs: starting them, IPIs by event channel and by interrupt controller, run state, own places for vcpu_info.
#include "guests/smp.hpp"

#include "guests/framework/events.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

constexpr u32 rounds = ipi_rounds;
std::atomic<bool> finish = false;
std::atomic<u32> ready = 0;
u32 ports[most_cpus];

// Only hypercalls and MSRs that a parked vCPU needs: it counts what arrives until it is told to finish.
void serve() {
  events::enable_upcalls();
  ready.fetch_add(1);
  enable_interrupts();
  while (!finish.load()) pause();
  disable_interrupts();
  ready.fetch_sub(1);
}

void start_all(unsigned count) {
  Check check{"start_all"};
  for (u32 id = 1; id < count; ++id) check.expect(start_cpu(id, serve), "vCPU {} does not start", id);
  check.expect(wait_for(patience, [&] { return ready.load() == count - 1; }), "{} of {} are ready", ready.load(), count - 1);
}

void event_ipis(unsigned count) {
  Check check{"event_ipi"};
  for (u32 id = 1; id < count; ++id) {
    long port = events::bind_ipi(id);
    if (!check.expect(port > 0, "bind_ipi answers {}", port)) return;
    ports[id] = static_cast<u32>(port);
    events::unmask(ports[id]);
  }
  u64 start = system_time();
  for (u32 round = 1; round <= rounds; ++round)
    for (u32 id = 1; id < count; ++id) {
      events::send(ports[id]);
      if (!check.expect(wait_for(patience, [&] { return events::count(ports[id]) == round; }), "event {} to vCPU {} is lost", round,
                        id))
        return;
    }
  note("{} ns per IPI by event", (system_time() - start) / (rounds * (count - 1)));
  check.equal(events::upcalls(0), 0u, "upcalls of vCPU 0");
}

// Without waiting for each other: no event may get lost, though some may be counted once for two.
void event_storm(unsigned count) {
  Check check{"event_storm"};
  u32 before[most_cpus];
  for (u32 id = 1; id < count; ++id) before[id] = events::count(ports[id]);
  for (u32 i = 0; i < 2000; ++i)
    for (u32 id = 1; id < count; ++id) events::send(ports[id]);
  for (u32 id = 1; id < count; ++id) {
    check.expect(wait_for(patience, [&] { return !events::is_pending(ports[id]); }), "vCPU {} leaves its event", id);
    check.expect(events::count(ports[id]) > before[id], "vCPU {} gets none", id);
  }
}

void runstate(unsigned count) {
  Check check{"runstate"};
  vcpu_runstate_info first{}, second{};
  check.equal(vcpu_op(VCPUOP_get_runstate_info, 0, &first), 0, "answer");
  check.equal(first.state, RUNSTATE_running, "state");
  delay(milliseconds(5));
  check.equal(vcpu_op(VCPUOP_get_runstate_info, 0, &second), 0, "answer");
  u64 before = 0, after = 0;
  for (u64 time : first.time) before += time;
  for (u64 time : second.time) after += time;
  check.expect(after - before >= milliseconds(5), "the times' sum grows by {} ns in 5 ms", after - before);
  check.expect(second.time[RUNSTATE_running] > first.time[RUNSTATE_running], "time of running does not grow");
  check.equal(vcpu_op(VCPUOP_get_runstate_info, count, &second), -XEN_ENOENT, "answer for a vCPU that is not there");
  static vcpu_runstate_info kept;
  vcpu_register_runstate_memory_area area{};
  area.addr.p = address_of(&kept);
  check.equal(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &area), 0, "answer to register");
  check.equal(kept.state, RUNSTATE_running, "state in the registered place");
}

void stop_all(unsigned count) {
  Check check{"down"};
  finish.store(true);
  check.expect(wait_for(patience, [] { return ready.load() == 0; }), "{} go on", ready.load());
  for (u32 id = 1; id < count; ++id) check.expect(goes_down(id), "vCPU {} does not go down", id);
}

}  // namespace

bool is_up(u32 id) { return vcpu_op(VCPUOP_is_up, id, nullptr) == 1; }

bool goes_down(u32 id) {
  vcpu_op(VCPUOP_down, id, nullptr);
  return wait_for(patience, [&] { return !is_up(id); });
}

void test_main() {
  unsigned count = cpu_count();
  if (count < 2) return Check{"smp"}.skip("one vCPU only");
  note("{} vCPUs", count);
  start_and_stop(count);
  start_all(count);
  hardware_ipis(count);
  event_ipis(count);
  event_storm(count);
  runstate(count);
  stop_all(count);
  own_vcpu_info(count);
}

}  // namespace xenolith::guest
