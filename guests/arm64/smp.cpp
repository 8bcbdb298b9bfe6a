// SPDX-License-Identifier: MIT
// vCPUs by PSCI, SGIs of the interrupt controller.
#include "guests/smp.hpp"

#include "guests/framework/arm64/gic.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

// Source: Arm DEN 0022, "Power State Coordination Interface".
constexpr u32 affinity_info = 0xc400'0004, cpu_on = 0xc400'0003;
constexpr long is_on = 0, is_off = 1, invalid_parameters = -2, already_on = -4;
constexpr u32 sgi = 5;
std::atomic<u32> sgis[most_cpus];
std::atomic<bool> may_leave = false;

void leave_when_told() {
  while (!may_leave.load()) pause();
}

}  // namespace

// One that is on is not started again, and one whose function returns is off.
void start_and_stop(unsigned count) {
  Check check{"psci"};
  check.equal(psci(affinity_info, affinity_of(0), 0), is_on, "state of vCPU 0");
  check.equal(psci(affinity_info, affinity_of(1), 0), is_off, "state of vCPU 1");
  check.equal(psci(cpu_on, affinity_of(0), 0x1000, 0), already_on, "answer to starting vCPU 0");
  check.equal(psci(cpu_on, affinity_of(count), 0x1000, 0), invalid_parameters, "answer to starting one that is not there");
  check.equal(psci(cpu_on, ~u64{0}, 0x1000, 0), invalid_parameters, "answer to starting 0xffffffffffffffff");
  check.equal(psci(affinity_info, affinity_of(count), 0), invalid_parameters, "state of one that is not there");
  for (u32 round = 0; round < 3; ++round) {
    may_leave = false;
    if (!check.expect(start_cpu(1, leave_when_told), "vCPU 1 does not start")) return;
    check.equal(psci(affinity_info, affinity_of(1), 0), is_on, "state while it runs");
    check.equal(psci(cpu_on, affinity_of(1), 0x1000, 0), already_on, "answer to starting it once more");
    may_leave = true;
    check.expect(wait_for(patience, [] { return psci(affinity_info, affinity_of(1), 0) == is_off; }), "it does not go off");
    check.expect(!is_up(1), "the hypervisor believes it is up");
  }
}

void hardware_ipis(unsigned count) {
  Check check{"sgi"};
  set_private_handler(sgi, [] { sgis[this_cpu().id].fetch_add(1); });
  u64 start = system_time();
  for (u32 round = 1; round <= ipi_rounds; ++round)
    for (u32 id = 1; id < count; ++id) {
      gic::send_sgi(id, sgi);
      if (!check.expect(wait_for(patience, [&] { return sgis[id].load() == round; }), "SGI {} to vCPU {} is lost", round, id)) return;
    }
  note("{} ns per SGI", (system_time() - start) / (ipi_rounds * (count - 1)));
  gic::send_sgi_to_others(sgi);
  for (u32 id = 1; id < count; ++id)
    check.expect(wait_for(patience, [&] { return sgis[id].load() == ipi_rounds + 1; }), "the broadcast misses vCPU {}", id);
  check.equal(sgis[0].load(), 0u, "SGIs of the sender");
}

// The framework has given places for all vCPUs.
void own_vcpu_info(unsigned count) {
  Check check{"register_vcpu_info"};
  static Page page;
  vcpu_register_vcpu_info request{.mfn = page.frame(), .offset = 64, .rsvd = 0};
  check.equal(vcpu_op(VCPUOP_register_vcpu_info, count, &request), -XEN_ENOENT, "answer for a vCPU that is not there");
  check.equal(vcpu_op(VCPUOP_register_vcpu_info, 0, &request), -XEN_EINVAL, "answer to a second time");
}

}  // namespace xenolith::guest
