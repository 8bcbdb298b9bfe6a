// SPDX-License-Identifier: MIT
#include "arch/arm64/cpu/smp.hpp"

#include <arch/layout.hpp>
#include <arch/machine_end.hpp>
#include <arch/run.hpp>

#include <atomic>

#include "arch/arm64/boot/home.hpp"
#include "arch/arm64/cpu/cpu_block.hpp"
#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/cpu/traps.hpp"
#include "arch/arm64/gic/gic.hpp"
#include "arch/arm64/hyp/stage2.hpp"
#include "arch/arm64/hyp/trap_settings.hpp"
#include "arch/arm64/machine/host.hpp"
#include "arch/arm64/psci/host.hpp"
#include "arch/arm64/psci/spin_table.hpp"
#include "arch/arm64/timer/time.hpp"
#include "core/base/log.hpp"
#include "core/base/own.hpp"
#include "core/image/image.hpp"
#include "core/paging/page_table.hpp"
#include "core/paging/windows.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/dispatcher.hpp"

extern "C" {
constinit xenolith::CpuBlock boot_block{};                 // head.S
constinit xenolith::CpuBlock* secondary_block = nullptr;   // head.S: of the CPU that is being started
extern const char secondary_start[];
}

namespace xenolith {
namespace {

// A CPU's stack in pages: a guard, then the stack.
constexpr u64 stack_pages = 8, area_pages = 16;

constinit CpuBlock* blocks[arch::max_cpus] = {};
constinit const HostCpu* hosts[arch::max_cpus] = {};
constinit unsigned found = 0;
constinit std::atomic<unsigned> running{0};
constinit std::atomic<bool> started{false};

Result<void> give_stack(CpuBlock& cpu) {
  mm::TableMemory::refill();
  u64 at = layout::stacks + u64{cpu.id} * area_pages * page_size + page_size;
  for (u64 i = 0; i < stack_pages; ++i, at += page_size) {
    Mfn mfn = TRY(mm::TableMemory::take());
    TRY(mm::PageTable::map(HostVirtual{at}, address_of(mfn), page_size, mm::Access::read_write));
  }
  cpu.stack_top = at;
  return {};
}

Result<void> add_cpu(u64 mpidr, const HostCpu* host) {
  CpuBlock* cpu = &boot_block;
  if (found > 0) cpu = TRY(make<CpuBlock>()).release();
  cpu->id = found;
  cpu->mpidr = mpidr;
  TRY(give_stack(*cpu));
  if (found > 0) TRY(mm::prepare_windows(CpuId{found}));
  hosts[found] = host;
  blocks[found++] = cpu;
  return {};
}

// First code of a secondary CPU in C++, on its own stack.
extern "C" [[noreturn]] void secondary_entry() {
  write_register(vbar_el2, reinterpret_cast<u64>(exception_vectors));
  synchronise_context();
  stage2::check_this_cpu();
  if (gic::enable_on_this_cpu().failed()) panic("CPU {}: no interrupt controller interface", arch::this_cpu());
  smp::set_up_this_cpu();
  Dispatcher::cpu_starts();
  running.fetch_add(1, std::memory_order_relaxed);
  started.store(true, std::memory_order_release);  // pairs with the acquire in start_one()
  arch::enable_interrupts();
  main_loop();
}

MachineAddress entry_address() {
  return boot::image_address() + (reinterpret_cast<u64>(secondary_start) - image::start_address());
}

// The CPU waits, in an event loop, until the address of its code is written there (Linux kernel documentation, "Booting AArch64
// Linux", "spin-table").
Result<void> release_spin_table(const HostCpu& cpu) {
  void* at = TRY(mm::map_device(cpu.release_address, sizeof(u64)));
  psci::release_spinning_cpu(static_cast<volatile u64*>(at), entry_address().raw());
  return {};
}

Result<void> ask_to_start(CpuBlock& block, const HostCpu& cpu) {
  switch (cpu.start) {
    case CpuStart::psci:
      if (!psci::host().is_there()) return Failure{XEN_ENODEV};
      return psci::host().cpu_on(block.mpidr, entry_address().raw(), 0);
    case CpuStart::spin_table: return release_spin_table(cpu);
    default: return Failure{XEN_EOPNOTSUPP};
  }
}

bool start_one(CpuBlock& cpu, const HostCpu& host) {
  started.store(false, std::memory_order_relaxed);
  __atomic_store_n(&secondary_block, &cpu, __ATOMIC_RELEASE);
  asm volatile("dsb ish" ::: "memory");
  if (Result<void> asked = ask_to_start(cpu, host); asked.failed()) {
    log_error("CPU {}: it cannot be started: error {}", cpu.id, asked.error());
    return false;
  }
  for (unsigned wait = 0; wait < 3000; ++wait) {
    if (started.load(std::memory_order_acquire)) return true;
    arch::wait_busily(milliseconds(1));
  }
  return false;
}

}  // namespace

CpuBlock* cpu_block(CpuId cpu) { return cpu.raw() < found ? blocks[cpu.raw()] : nullptr; }
unsigned cpus_online() { return running.load(std::memory_order_relaxed); }

void smp::prepare_boot_cpu() {
  boot_block.mpidr = read_register(mpidr_el1) & mpidr_affinity;
  write_register(vbar_el2, reinterpret_cast<u64>(exception_vectors));
  synchronise_context();
}

Result<void> smp::find_cpus(unsigned limit) {
  unsigned most = limit && limit < arch::max_cpus ? limit : arch::max_cpus, left_out = 0;
  const HostDescription& host = machine::description();
  TRY(add_cpu(boot_block.mpidr, nullptr));
  running.store(1, std::memory_order_relaxed);
  for (const HostCpu& cpu : host.cpus) {
    if (cpu.mpidr == boot_block.mpidr) continue;
    if (found < most) TRY(add_cpu(cpu.mpidr, &cpu));
    else ++left_out;
  }
  if (left_out) log_warning("CPUs: {} left unused", left_out);
  return {};
}

// A CPU that comes late would take the place of the next one: it is the last that is tried.
void smp::start_others() {
  for (unsigned i = 1; i < found; ++i) {
    if (start_one(*blocks[i], *hosts[i])) continue;
    log_error("CPU {} (MPIDR {:#x}) does not start", i, blocks[i]->mpidr);
    break;
  }
  log_info("Brought up {} CPUs", cpus_online());
}

void smp::set_up_this_cpu() {
  trap_settings::set_up_this_cpu();
  time_init_cpu();
}

void smp::run_on_own_stack(void (*function)()) {
  asm volatile("mov sp, %0; mov x29, #0; mov x30, #0; br %1" ::"r"(this_cpu_block().stack_top), "r"(function));
  __builtin_unreachable();
}

void arch::poke_cpu(CpuId cpu) { gic::send_sgi(cpu, gic::Sgi::wake); }

// Interrupts that are masked end the wait, too.
void arch::idle() {
  arch::disable_interrupts();
  if (!work_is_pending()) asm volatile("dsb sy; wfi" ::: "memory");
  arch::enable_interrupts();
}

}  // namespace xenolith
