// SPDX-License-Identifier: MIT
#include "arch/x86/cpu/smp.hpp"

#include <arch/machine_end.hpp>
#include <arch/mapping.hpp>
#include <arch/run.hpp>

#include <array>
#include <atomic>
#include <cstring>

#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/cpu/local_apic.hpp"
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/extended_state.hpp"
#include "arch/x86/hvm/vendor.hpp"
#include "arch/x86/irq/vectors.hpp"
#include "arch/x86/mm/features.hpp"
#include <arch/layout.hpp>
#include "arch/x86/speculation/speculation.hpp"
#include "arch/x86/time/time.hpp"
#include "core/acpi/madt.hpp"
#include "core/base/log.hpp"
#include "core/memory/heap_pages.hpp"
#include "core/paging/page_table.hpp"
#include "core/paging/windows.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/dispatcher.hpp"

extern "C" {
extern const char trampoline_start[], trampoline_end[], trampoline_root[], trampoline_stack[], trampoline_entry[],
    trampoline_efer[];
}

namespace xenolith {
namespace {

// The CPU stack area in pages: guard, main stack, guard, NMI, guard, #MC, guard, #DF.
constexpr u64 main_stack_pages = 8;
constexpr u64 area_pages = 16;

constinit CpuBlock boot_block{};
constinit CpuBlock* blocks[arch::max_cpus] = {};
constinit unsigned found = 0;
constinit std::atomic<unsigned> running{0};
constinit std::atomic<bool> started{false};

u64 stack_area(u32 cpu) { return layout::stacks + u64{cpu} * area_pages * page_size; }

Result<u64> map_stack(u64 at, u64 pages) {
  for (u64 i = 0; i < pages; ++i) {
    Mfn mfn = TRY(mm::TableMemory::take());
    TRY(mm::PageTable::map(HostVirtual{at + i * page_size}, address_of(mfn), page_size, mm::Access::read_write));
  }
  return at + pages * page_size;
}

Result<void> give_stacks(CpuBlock& cpu) {
  mm::TableMemory::refill();
  u64 area = stack_area(cpu.id);
  cpu.stack_top = TRY(map_stack(area + page_size, main_stack_pages));
  u64 at = area + (main_stack_pages + 2) * page_size;
  for (unsigned stack = 0; stack < 3; ++stack, at += 2 * page_size) cpu.tss.ist[stack] = TRY(map_stack(at, 1));
  cpu.tss.rsp[0] = cpu.stack_top;
  return {};
}

Result<void> add_cpu(u32 apic_id) {
  CpuBlock* cpu = &boot_block;
  if (found > 0) cpu = TRY(make<CpuBlock>()).release();
  cpu->id = found;
  cpu->apic_id = apic_id;
  TRY(give_stacks(*cpu));
  if (found > 0) TRY(mm::prepare_windows(CpuId{found}));
  blocks[found++] = cpu;
  return {};
}

void patch(std::byte* page, const char* where, u64 value) {
  std::memcpy(page + (where - trampoline_start), &value, sizeof(value));
}

// First code of a secondary CPU in C++, on its own stack.
extern "C" [[noreturn]] void secondary_entry() {
  u32 id = static_cast<u32>((reinterpret_cast<u64>(__builtin_frame_address(0)) - layout::stacks) / (area_pages * page_size));
  write_cr3(mm::PageTable::root().raw());
  load_descriptors(*blocks[id]);
  smp::set_up_this_cpu();
  Dispatcher::cpu_starts();
  running.fetch_add(1, std::memory_order_relaxed);
  started.store(true, std::memory_order_release);  // pairs with the acquire in start_one()
  arch::enable_interrupts();
  main_loop();
}

// Long-mode entry from below 4 GiB needs the trampoline's page mapped where it runs: tables of its own that share the
// hypervisor's upper half.
Result<Mfn> trampoline_tables() {
  Mfn root = TRY(mm::TableMemory::take());
  auto* top = static_cast<u64*>(mm::TableMemory::address(root));
  std::memcpy(top, mm::TableMemory::address(frame_of(mm::PageTable::root())), page_size);
  constexpr u64 table = 3, large = 0x83;
  Mfn third = TRY(mm::TableMemory::take());
  Mfn second = TRY(mm::TableMemory::take());
  top[0] = address_of(third).raw() | table;
  *static_cast<u64*>(mm::TableMemory::address(third)) = address_of(second).raw() | table;
  *static_cast<u64*>(mm::TableMemory::address(second)) = large;
  return root;
}

bool start_one(CpuBlock& cpu, Mfn root) {
  {
    arch::FrameMapping page{frame_of(smp::trampoline)};
    std::memcpy(page.bytes(), trampoline_start, static_cast<size_t>(trampoline_end - trampoline_start));
    patch(page.bytes(), trampoline_root, address_of(root).raw());
    patch(page.bytes(), trampoline_stack, cpu.stack_top - 16);
    patch(page.bytes(), trampoline_entry, reinterpret_cast<u64>(&secondary_entry));
    patch(page.bytes(), trampoline_efer, efer::lme | (mm::features().no_execute ? efer::nxe : 0));
  }
  started.store(false, std::memory_order_relaxed);
  local_apic::send_init(cpu.apic_id);
  arch::wait_busily(milliseconds(10));
  for (unsigned attempt = 0; attempt < 2; ++attempt) {
    local_apic::send_startup(cpu.apic_id, static_cast<u8>(smp::trampoline.raw() >> page_shift));
    for (unsigned wait = 0; wait < 2000; ++wait) {
      if (started.load(std::memory_order_acquire)) return true;
      arch::wait_busily(microseconds(attempt == 0 ? 100 : 1000));
    }
  }
  return false;
}

}  // namespace

CpuBlock* cpu_block(CpuId cpu) { return cpu.raw() < found ? blocks[cpu.raw()] : nullptr; }
unsigned cpus_online() { return running.load(std::memory_order_relaxed); }

void smp::prepare_boot_cpu() {
  build_idt();
  load_descriptors(boot_block);
}

Result<void> smp::find_cpus(const Madt* madt, unsigned limit) {
  u32 own = local_apic::this_id();
  unsigned most = limit && limit < arch::max_cpus ? limit : arch::max_cpus;
  TRY(add_cpu(own));
  load_descriptors(boot_block);  // with interrupt stacks from now on
  running.store(1, std::memory_order_relaxed);
  if (!madt) return {};
  unsigned left_out = 0;
  Result<void> result;
  madt->for_each([&](const MadtEntry& entry) {
    if (!entry.is_processor() || !entry.is_enabled() || entry.apic_id() == own || result.failed()) return;
    bool reachable = local_apic::is_x2apic() || entry.apic_id() < 0xff;
    if (found >= most || !reachable) ++left_out;
    else result = add_cpu(entry.apic_id());
  });
  if (left_out) log_warning("CPUs: {} left unused", left_out);
  return result;
}

void smp::start_others() {
  Result<Mfn> root = trampoline_tables();
  if (root.failed()) return log_error("no memory for starting the other CPUs");
  for (unsigned i = 1; i < found; ++i)
    if (!start_one(*blocks[i], *root)) log_error("CPU {} (APIC {:#x}) does not start", i, blocks[i]->apic_id);
  log_info("Brought up {} CPUs", cpus_online());
}

void smp::set_up_this_cpu() {
  const mm::PagingFeatures& have = mm::features();
  write_cr4(read_cr4() | cr4::pge | (have.smep ? cr4::smep : 0) | (have.smap ? cr4::smap : 0));
  if (arch::this_cpu().raw() != 0) local_apic::enable_on_this_cpu();
  hvm::enable_extended_state_on_this_cpu();
  speculation::apply_on_this_cpu();
  if (arch::this_cpu().raw() != 0) time_init_cpu();
  if (hvm::vendor() && hvm::vendor()->enable_on_this_cpu().failed())
    panic("CPU {}: virtualisation cannot be switched on", arch::this_cpu());
}

void smp::run_on_own_stack(void (*function)()) {
  asm volatile("mov %0, %%rsp; xor %%ebp, %%ebp; call *%1; ud2" ::"r"(this_cpu_block().stack_top - 16), "r"(function));
  __builtin_unreachable();
}

void arch::poke_cpu(CpuId cpu) {
  if (CpuBlock* block = cpu_block(cpu)) local_apic::send_ipi(block->apic_id, irq::vectors::wake);
}

void arch::idle() {
  arch::disable_interrupts();
  if (work_is_pending()) return arch::enable_interrupts();
  asm volatile("sti; hlt" ::: "memory");
}

}  // namespace xenolith
