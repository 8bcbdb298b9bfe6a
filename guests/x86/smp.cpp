// SPDX-License-Identifier: MIT
// vCPUs by VCPUOP_initialise, IPIs of local APICs.
#include "guests/smp.hpp"

#include <guest/apic.hpp>

#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

constexpr u8 ipi_vector = 0x61;
std::atomic<u32> ipis[most_cpus];

// A vCPU that halts with interrupts off is down by itself.
void stay() {
  for (;;) pause();
}

// vCPU 1 comes back from a hypercall with interrupts off and goes on without a PAUSE: nothing but the host's interrupt ends its stay.
enum : u32 { not_yet, spinning, over };
std::atomic<u32> spinner = not_yet;

void spin() {
  constexpr u64 turns = 30'000'000;  // counted, not timed: the vCPU may wait for its CPU
  version_op(XENVER_version, nullptr);
  spinner.store(spinning);
  for (u64 i = 0; i < turns; ++i) asm volatile("" ::: "memory");
  spinner.store(over);
}

// A page leaves the domain's map, for which vCPU 1 has to leave its translations.
void interrupts_spinning_vcpu() {
  Check check{"spinning_vcpu"};
  static Page victim;
  if (!check.expect(start_cpu(1, spin), "vCPU 1 does not start")) return;
  check.expect(wait_for(patience, [] { return spinner.load() != not_yet; }), "vCPU 1 does not run");
  xen_remove_from_physmap request{.domid = DOMID_SELF, .gpfn = victim.frame()};
  check.equal(memory_op(XENMEM_remove_from_physmap, &request), 0, "answer");
  check.expect(spinner.load() == spinning, "the change of the map waits until vCPU 1 leaves by itself");
  check.expect(wait_for(patience, [] { return spinner.load() == over; }), "vCPU 1 does not go on");
  check.expect(goes_down(1), "vCPU 1 does not go down");
}

}  // namespace

static void initialise() {
  Check check{"initialise"};
  vcpu_hvm_context context{};
  check.equal(vcpu_op(VCPUOP_initialise, 0, &context), -XEN_EEXIST, "answer for the vCPU that runs");
  context.mode = 7;
  check.equal(vcpu_op(VCPUOP_initialise, 1, &context), -XEN_EINVAL, "answer for mode 7");
  check.expect(!is_up(1), "vCPU 1 is up from the start");
  check.equal(start_cpu_by_hypercall(1, stay), 0, "answer");
  check.expect(is_up(1), "it is not up");
  check.expect(goes_down(1), "it does not go down");
}

void start_and_stop(unsigned) {
  initialise();
  interrupts_spinning_vcpu();
}

void hardware_ipis(unsigned count) {
  Check check{"apic_ipi"};
  set_handler(ipi_vector, [](TrapFrame&) {
    ipis[this_cpu().id].fetch_add(1);
    apic::end_interrupt();
  });
  u64 start = system_time();
  for (u32 round = 1; round <= ipi_rounds; ++round)
    for (u32 id = 1; id < count; ++id) {
      apic::send(id * 2, apic::assert_level | ipi_vector);
      if (!check.expect(wait_for(patience, [&] { return ipis[id].load() == round; }), "IPI {} to vCPU {} is lost", round, id)) return;
    }
  note("{} ns per IPI by APIC", (system_time() - start) / (ipi_rounds * (count - 1)));
  constexpr u32 all_but_self = 3u << 18;
  apic::send(0, all_but_self | apic::assert_level | ipi_vector);
  for (u32 id = 1; id < count; ++id)
    check.expect(wait_for(patience, [&] { return ipis[id].load() == ipi_rounds + 1; }), "the broadcast misses vCPU {}", id);
}

void own_vcpu_info(unsigned count) {
  Check check{"register_vcpu_info"};
  static Page page;
  vcpu_register_vcpu_info request{.mfn = page.frame(), .offset = 4080, .rsvd = 0};
  check.expect(vcpu_op(VCPUOP_register_vcpu_info, 0, &request) < 0, "a place that leaves its page is taken");
  request.offset = 64;
  check.equal(vcpu_op(VCPUOP_register_vcpu_info, count, &request), -XEN_ENOENT, "answer for a vCPU that is not there");
  check.equal(vcpu_op(VCPUOP_register_vcpu_info, 0, &request), 0, "answer");
  const auto& moved = *reinterpret_cast<const vcpu_info*>(page.bytes + 64);
  check.expect(moved.time.tsc_to_system_mul != 0, "it has no time");
  u64 here = time_from(moved.time), there = time_from(shared_page().vcpu_info[1].time);
  u64 apart = here > there ? here - there : there - here;
  check.expect(apart < milliseconds(1), "its time is {} ns off", apart);
  check.equal(vcpu_op(VCPUOP_register_vcpu_info, 0, &request), -XEN_EINVAL, "answer to a second time");
}

}  // namespace xenolith::guest
