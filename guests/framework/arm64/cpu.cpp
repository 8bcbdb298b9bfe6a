// SPDX-License-Identifier: MIT
#include <guest/cpu.hpp>

#include <guest/instructions.hpp>
#include <guest/machine.hpp>

#include "guests/framework/arm64/gic.hpp"
#include "guests/framework/clock.hpp"
#include "guests/framework/hypercall.hpp"
#include "guests/framework/report.hpp"
#include "guests/framework/shared_info.hpp"

namespace xenolith::guest {
namespace {

constexpr u32 psci_cpu_off = 0x8400'0002, psci_cpu_on = 0xc400'0003;

constinit Cpu cpus[most_cpus]{};
constinit u32 starting_id = 0;
constinit std::atomic<bool> started = false;  // pairs: release in begin_secondary, acquire in start_cpu
constinit CpuFunction starting_function = nullptr;

extern "C" {
extern const u8 secondary_code[], exception_vectors[];
u64 secondary_stack = 0;  // entry.S
}

struct alignas(64) Info {
  vcpu_info info;
};
constinit Info infos[most_cpus]{};

// The place stays through a vCPU's being off.
void register_info(u32 id) {
  static constinit bool is_registered[most_cpus]{};
  if (is_registered[id]) return;
  is_registered[id] = true;
  u64 place = address_of(&infos[id]);
  vcpu_register_vcpu_info request{.mfn = place >> page_shift, .offset = static_cast<u32>(place & page_mask), .rsvd = 0};
  if (long answer = vcpu_op(VCPUOP_register_vcpu_info, id, &request)) fail("vcpu_info cannot be registered: {}", answer);
}

}  // namespace

extern "C" [[noreturn]] void begin_secondary() {
  initialise_cpu(starting_id);
  CpuFunction function = starting_function;
  started.store(true, std::memory_order_release);
  function();
  psci(psci_cpu_off);
  halt_forever();
}

// The shared page has room for the first vCPU only.
vcpu_info& this_vcpu_info() { return infos[this_cpu().id].info; }

Cpu& this_cpu() { return *reinterpret_cast<Cpu*>(guest_read_register("tpidr_el1")); }

void initialise_cpu(u32 id) {
  cpus[id].id = id;
  guest_write_register("tpidr_el1", address_of(&cpus[id]));
  guest_write_register("vbar_el1", address_of(exception_vectors));
  gic::enable_on_this_cpu(id);
  register_info(id);
}

u64 affinity_of(u32 id) { return (id & 0xf) | u64{id >> 4} << 8; }

unsigned cpu_count() { return machine().cpus < most_cpus ? machine().cpus : most_cpus; }

bool start_cpu(u32 id, CpuFunction entry) {
  starting_id = id;
  starting_function = entry;
  started.store(false, std::memory_order_relaxed);  // nothing runs yet that reads it
  secondary_stack = address_of(cpus[id].stack + sizeof cpus[id].stack);
  asm volatile("dc civac, %0; dsb sy" ::"r"(&secondary_stack) : "memory");
  if (psci(psci_cpu_on, affinity_of(id), address_of(secondary_code), 0) != 0) return false;
  return wait_for(patience, [] { return started.load(std::memory_order_acquire); });
}

}  // namespace xenolith::guest
