// SPDX-License-Identifier: MIT
#include "arch/arm64/cpu/traps.hpp"

#include <arch/cpu.hpp>

#include "arch/arm64/cpu/cpu_block.hpp"
#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/gic/gic.hpp"
#include "core/base/lock.hpp"
#include "core/base/log.hpp"
#include "core/image/symbols.hpp"

namespace xenolith {
namespace {

constexpr u64 kind_irq = 1;

// Exception classes (ESR_EL2.EC) that the hypervisor itself can raise.
const char* class_name(u64 exception_class) {
  switch (exception_class) {
    case 0x00: return "unknown reason";
    case 0x07: return "SIMD access";
    case 0x0e: return "illegal execution state";
    case 0x21: return "instruction abort";
    case 0x22: return "PC alignment";
    case 0x25: return "data abort";
    case 0x26: return "SP alignment";
    case 0x2f: return "SError";
    case 0x3c: return "breakpoint instruction";
    default: return "other";
  }
}

[[noreturn]] void fatal(const TrapFrame& frame) {
  this_cpu_block().in_panic += 1;
  if (this_cpu_block().in_panic > 2)
    for (;;) asm volatile("wfi");
  dump_hypervisor(frame);
  constexpr const char* kinds[] = {"synchronous", "IRQ", "FIQ", "SError"};
  u64 exception_class = Bits<31, 26>::get(frame.syndrome);
  panic("FATAL TRAP: {}, class {:#x} ({}), syndrome {:#x}", kinds[frame.kind % 4], exception_class, class_name(exception_class),
        frame.syndrome);
}

}  // namespace

void handle_trap(TrapFrame& frame) {
  if (frame.kind != kind_irq) fatal(frame);
  LockOrder::InterruptScope locks;
  gic::handle_interrupts();
}

void dump_hypervisor(const TrapFrame& frame) {
  log_error("----[ Xenolith  arm64 ]----");
  log_error("CPU:    {}", arch::this_cpu());
  Symbol symbol = find_symbol(frame.pc);
  log_error("PC:     [<{:016x}>] {}+{:#x}", frame.pc, symbol.name, symbol.offset);
  log_error("PSTATE: {:016x}   ESR: {:016x}   FAR: {:016x}", frame.pstate, frame.syndrome, read_register(far_el2));
  for (unsigned i = 0; i < 30; i += 3)
    log_error("x{:<2}: {:016x}   x{:<2}: {:016x}   x{:<2}: {:016x}", i, frame.x[i], i + 1, frame.x[i + 1], i + 2, frame.x[i + 2]);
  log_error("x30: {:016x}   sp:  {:016x}", frame.x[30], frame.sp);
  log_error("HCR: {:016x}   VTTBR: {:016x}   SCTLR: {:016x}", read_register(hcr_el2), read_register(vttbr_el2),
            read_register(sctlr_el2));
  print_backtrace(frame.pc, frame.x[29]);
}

}  // namespace xenolith
