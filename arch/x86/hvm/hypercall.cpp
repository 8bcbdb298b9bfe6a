// SPDX-License-Identifier: MIT
// Hypercalls of HVM and PVH guests: registers to arguments and back (xen/arch-x86/xen-x86_64.h and xen-x86_32.h, "Hypercall interface").
#include <arch/domain_state.hpp>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/exits.hpp"
#include "core/domain/domain.hpp"
#include "core/hypercall/narrow_calls.hpp"
#include "core/hypercall/table.hpp"

namespace xenolith::hvm {
namespace {

constexpr Gpr argument_registers_64[] = {Gpr::rdi, Gpr::rsi, Gpr::rdx, Gpr::r10, Gpr::r8};

constexpr Gpr argument_registers_32[] = {Gpr::rbx, Gpr::rcx, Gpr::rdx, Gpr::rsi, Gpr::rdi};

HypercallArguments arguments_of(const GuestRegisters& registers, bool is_long) {
  HypercallArguments arguments{};
  for (unsigned i = 0; i < arguments.value.size(); ++i)
    arguments.value[i] = is_long ? registers.get(argument_registers_64[i])
                                 : static_cast<u32>(registers.get(argument_registers_32[i]));
  return arguments;
}

HypercallOutcome call(Vcpu& vcpu, bool is_long) {
  const GuestRegisters& registers = vcpu.arch().registers;
  HypercallArguments arguments = arguments_of(registers, is_long);
  return is_long ? hypercall(vcpu, registers.rax(), arguments) : narrow_hypercall(vcpu, registers.eax(), arguments);
}

// The instruction runs again, with what is left to do.
void set_arguments(GuestRegisters& registers, const HypercallArguments& arguments, bool is_long) {
  for (unsigned i = 0; i < arguments.value.size(); ++i)
    registers.set(is_long ? argument_registers_64[i] : argument_registers_32[i], arguments[i]);
}

}  // namespace

void handle_hypercall(Vcpu& vcpu, const Exit& exit) {
  GuestRegisters& registers = vcpu.arch().registers;
  // Only a kernel may: a process has no business with the hypervisor.
  if (vcpu.arch().hardware->privilege() != 0) {
    if (skip_instruction(vcpu, exit, ExitKind::vmmcall)) registers.set_rax(static_cast<u64>(-i64{XEN_EPERM}));
    return;
  }
  bool is_long = code_size(*vcpu.arch().hardware) == CodeSize::bits64;
  u64 rip = registers.rip;
  HypercallOutcome outcome = call(vcpu, is_long);
  if (!outcome.is_done()) return set_arguments(registers, outcome.arguments(), is_long);
  if (registers.rip != rip) return;  // the call itself set a new state
  u64 value = is_long ? static_cast<u64>(outcome.value()) : static_cast<u32>(outcome.value());
  if (skip_instruction(vcpu, exit, ExitKind::vmmcall)) registers.set_rax(value);
}

}  // namespace xenolith::hvm
