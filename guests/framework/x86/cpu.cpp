// SPDX-License-Identifier: MIT
#include <guest/apic.hpp>
#include <guest/cpu.hpp>

#include <cstring>

#include "guests/framework/memory_map.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

constinit Cpu cpus[most_cpus]{};
constinit u32 starting_id = 0;
constinit std::atomic<bool> started = false;  // pairs: release in begin_secondary, acquire in start_and_wait
constinit CpuFunction starting_function = nullptr;

extern "C" {
extern const u8 startup_code[], startup_code_end[];
extern u64 secondary_stack, secondary_entry, top_table[];
}

constexpr u32 msr_gs_base = 0xc0000101;

void fill_descriptors(Cpu& cpu) {
  u64 task = address_of(cpu.task_state), stack = address_of(cpu.trap_stack + sizeof cpu.trap_stack);
  std::memcpy(&cpu.task_state[1], &stack, sizeof stack);  // rsp0
  cpu.task_state[25] = u32{sizeof cpu.task_state} << 16;  // no I/O bitmap
  u64 limit = sizeof cpu.task_state - 1;
  u64 gdt[] = {0,
               0x00cf9b000000ffff,  // 32-bit code
               0x00af9b000000ffff,  // 64-bit code
               0x00cf93000000ffff,  // data
               0x00affb000000ffff,  // ring 3's 64-bit code
               0x00cff3000000ffff,  // ring 3's data
               limit | (task & 0xffffff) << 16 | u64{0x89} << 40 | (task >> 24 & 0xff) << 56,
               task >> 32};
  static_assert(sizeof gdt == sizeof cpu.gdt);
  std::memcpy(cpu.gdt, gdt, sizeof gdt);
}

void load_descriptors(Cpu& cpu) {
  struct [[gnu::packed]] {
    u16 limit;
    u64 base;
  } pointer{sizeof cpu.gdt - 1, address_of(cpu.gdt)};
  asm volatile(
      "lgdt %[pointer]\n\t"
      "pushq %[code]\n\t"
      "leaq 1f(%%rip), %%rax\n\t"
      "pushq %%rax\n\t"
      "lretq\n"
      "1: movl %[data], %%eax\n\t"
      "movl %%eax, %%ds\n\t"
      "movl %%eax, %%es\n\t"
      "movl %%eax, %%ss\n\t"
      "xorl %%eax, %%eax\n\t"
      "movl %%eax, %%fs\n\t"
      "movl %%eax, %%gs\n\t"
      "ltr %w[task]"
      :
      : [pointer] "m"(pointer), [code] "i"(selector::code), [data] "i"(selector::data), [task] "r"(selector::task)
      : "rax", "memory");
  write_msr(msr_gs_base, address_of(&cpu));
}

[[noreturn]] void begin_secondary() {
  initialise_cpu(starting_id);
  CpuFunction function = starting_function;
  started.store(true, std::memory_order_release);
  function();
  for (;;) asm volatile("cli; hlt");
}

void prepare_start(u32 id, CpuFunction entry) {
  starting_id = id;
  starting_function = entry;
  started.store(false, std::memory_order_relaxed);  // nothing runs yet that reads it
  secondary_stack = address_of(cpus[id].stack + sizeof cpus[id].stack);
  secondary_entry = reinterpret_cast<u64>(begin_secondary);
}

bool wait_until_started() {
  return wait_for(seconds(1), [] { return started.load(std::memory_order_acquire); });
}

// A page of RAM below 1 MiB, where a start-up IPI can begin.
u64 startup_page() {
  for (const MapEntry& entry : memory_map()) {
    u64 first = entry.start < page_size ? page_size : entry.start;
    if (entry.type == XEN_HVM_MEMMAP_TYPE_RAM && first < 0xa0000 && entry.end() >= first + page_size) return first;
  }
  fail("there is no RAM below 1 MiB to start vCPUs in");
}

// Dom0's APIC identifiers are twice the vCPU's number, as they are for every HVM guest of Xen.
u32 apic_id_of(u32 id) { return id * 2; }

}  // namespace

static_assert(most_cpus <= XEN_LEGACY_MAX_VCPUS);
vcpu_info& this_vcpu_info() { return shared_page().vcpu_info[this_cpu().id]; }

Cpu& this_cpu() {
  Cpu* cpu;
  asm("movq %%gs:0, %0" : "=r"(cpu));
  return *cpu;
}

void initialise_cpu(u32 id) {
  Cpu& cpu = cpus[id];
  cpu.self = &cpu;
  cpu.id = id;
  fill_descriptors(cpu);
  load_descriptors(cpu);
  load_trap_table();
  write_msr(apic::base_msr, read_msr(apic::base_msr) | apic::base_enable | apic::base_x2apic);
  apic::write(apic::Register::spurious, apic::spurious_enabled | apic::spurious_vector);
}

unsigned cpu_count() {
  unsigned count = 0;
  while (count < most_cpus && vcpu_op(VCPUOP_is_up, count, nullptr) >= 0) ++count;
  return count;
}

bool start_cpu(u32 id, CpuFunction entry) {
  prepare_start(id, entry);
  u64 page = startup_page();
  std::memcpy(reinterpret_cast<void*>(page), startup_code, static_cast<size_t>(startup_code_end - startup_code));
  apic::send(apic_id_of(id), apic::deliver_init | apic::assert_level);
  apic::send(apic_id_of(id), apic::deliver_startup | static_cast<u32>(page >> page_shift));
  return wait_until_started();
}

long start_cpu_by_hypercall(u32 id, CpuFunction entry) {
  prepare_start(id, entry);
  vcpu_hvm_context context{};
  context.mode = VCPU_HVM_MODE_64B;
  auto& registers = context.cpu_regs.x86_64;
  registers.rip = secondary_entry;
  registers.rsp = secondary_stack - 8;  // as if called
  registers.rflags = 2;
  registers.cr0 = 0x80010031;
  registers.cr3 = address_of(top_table);
  registers.cr4 = 0x20;
  registers.efer = 0x500;  // LME, LMA
  if (long answer = vcpu_op(VCPUOP_initialise, id, &context)) return answer;
  if (long answer = vcpu_op(VCPUOP_up, id, nullptr)) return answer;
  return wait_until_started() ? 0 : -XEN_ETIME;
}

}  // namespace xenolith::guest
