// SPDX-License-Identifier: MIT
#include "arch/x86/cpu/traps.hpp"

#include <arch/cpu.hpp>

#include "core/image/image.hpp"
#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/cpu/local_apic.hpp"
#include "arch/x86/cpu/registers.hpp"
#include "core/image/symbols.hpp"
#include "arch/x86/cpu/cpu_signals.hpp"
#include "arch/x86/irq/vectors.hpp"
#include "core/base/log.hpp"

extern "C" bool rdmsr_or_fault(xenolith::u32 msr, xenolith::u64* value);
extern "C" bool wrmsr_or_fault(xenolith::u32 msr, xenolith::u64 value);

namespace xenolith {
namespace {

constexpr const char* exception_names[32] = {
    "divide error", "debug", "NMI", "breakpoint", "overflow", "bound range", "invalid opcode", "device not available",
    "double fault", "vector 9", "invalid TSS", "segment not present", "stack fault", "general protection", "page fault",
    "vector 15", "x87 error", "alignment check", "machine check", "SIMD error", "virtualization exception",
    "control protection", "vector 22", "vector 23", "vector 24", "vector 25", "vector 26", "vector 27",
    "hypervisor injection", "VMM communication", "security exception", "vector 31"};

struct Fixup {
  u64 fault, resume;
};

bool fix_up(TrapFrame& frame) {
  const auto* fixup = reinterpret_cast<const Fixup*>(image::exception_fixups);
  const auto* end = reinterpret_cast<const Fixup*>(image::exception_fixups_end);
  for (; fixup < end; ++fixup) {
    if (fixup->fault != frame.rip) continue;
    frame.rip = fixup->resume;
    return true;
  }
  return false;
}

[[noreturn]] void fatal(const TrapFrame& frame) {
  this_cpu_block().in_panic += 1;
  if (this_cpu_block().in_panic > 2)
    for (;;) asm volatile("cli; hlt");
  dump_hypervisor(frame);
  panic("FATAL TRAP: vector {} ({}), error code {:04x}", frame.vector, exception_names[frame.vector], frame.error);
}

}  // namespace

void handle_trap(TrapFrame& frame) {
  constexpr u64 vector_nmi = 2, first_interrupt = 32;
  if (frame.vector >= first_interrupt) return dispatch_interrupt(static_cast<u8>(frame.vector));
  if (frame.vector == vector_nmi) return handle_nmi(frame);
  if (fix_up(frame)) return;
  fatal(frame);
}

void dump_hypervisor(const TrapFrame& frame) {
  log_error("----[ Xenolith  x86_64 ]----");
  log_error("CPU:    {}", arch::this_cpu());
  Symbol symbol = find_symbol(frame.rip);
  log_error("RIP:    {:04x}:[<{:016x}>] {}+{:#x}", frame.cs, frame.rip, symbol.name, symbol.offset);
  log_error("RFLAGS: {:016x}   CR2: {:016x}   CR3: {:016x}", frame.rflags, read_cr2(), read_cr3());
  const auto& r = frame.gpr;
  log_error("rax: {:016x}   rbx: {:016x}   rcx: {:016x}", r[0], r[3], r[1]);
  log_error("rdx: {:016x}   rsi: {:016x}   rdi: {:016x}", r[2], r[6], r[7]);
  log_error("rbp: {:016x}   rsp: {:016x}   r8:  {:016x}", r[5], frame.rsp, r[8]);
  log_error("r9:  {:016x}   r10: {:016x}   r11: {:016x}", r[9], r[10], r[11]);
  log_error("r12: {:016x}   r13: {:016x}   r14: {:016x}", r[12], r[13], r[14]);
  log_error("r15: {:016x}   cr0: {:016x}   cr4: {:016x}", r[15], read_cr0(), read_cr4());
  print_backtrace(frame.rip, frame.gpr[5]);
}

Result<u64> read_msr_safe(u32 msr) {
  u64 value;
  if (!rdmsr_or_fault(msr, &value)) return Failure{XEN_ENODEV};
  return value;
}

Result<void> write_msr_safe(u32 msr, u64 value) {
  if (!wrmsr_or_fault(msr, value)) return Failure{XEN_ENODEV};
  return {};
}

}  // namespace xenolith
