// SPDX-License-Identifier: MIT
// Hypercalls of HVM and PVH guests: registers to arguments and back (xen/arch-x86/xen-x86_64.h, "Hypercall interface").
#include <arch/domain_state.hpp>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/exits.hpp"
#include "core/domain/domain.hpp"
#include "core/hypercall/table.hpp"

namespace xenolith::hvm {
namespace {

constexpr Gpr argument_registers_64[] = {Gpr::rdi, Gpr::rsi, Gpr::rdx, Gpr::r10, Gpr::r8};

HypercallArguments arguments_of(const GuestRegisters& registers) {
  HypercallArguments arguments{};
  for (unsigned i = 0; i < arguments.value.size(); ++i) arguments.value[i] = registers.get(argument_registers_64[i]);
  return arguments;
}

}  // namespace

void handle_hypercall(Vcpu& vcpu, const Exit& exit) {
  GuestRegisters& registers = vcpu.arch().registers;
  // Only a kernel may: a process has no business with the hypervisor.
  if (vcpu.arch().hardware->privilege() != 0) {
    if (skip_instruction(vcpu, exit, ExitKind::vmmcall)) registers.set_rax(static_cast<u64>(-i64{XEN_EPERM}));
    return;
  }
  if (code_size(*vcpu.arch().hardware) != CodeSize::bits64) {  // the 32-bit interface: docs/support.md
    if (skip_instruction(vcpu, exit, ExitKind::vmmcall)) registers.set_rax(static_cast<u32>(-XEN_ENOSYS));
    return;
  }
  u64 rip = registers.rip;
  HypercallOutcome outcome = hypercall(vcpu, registers.rax(), arguments_of(registers));
  if (!outcome.is_done()) {  // the instruction runs again, with what is left to do
    for (unsigned i = 0; i < outcome.arguments().value.size(); ++i)
      registers.set(argument_registers_64[i], outcome.arguments().value[i]);
    return;
  }
  if (registers.rip != rip) return;  // the call itself set a new state
  if (skip_instruction(vcpu, exit, ExitKind::vmmcall)) registers.set_rax(static_cast<u64>(outcome.value()));
}

}  // namespace xenolith::hvm
