// SPDX-License-Identifier: MIT
// What happens after an exit, the same for all vendors.
#pragma once

#include "arch/x86/hvm/vendor.hpp"
#include "arch/x86/insn/exit_instruction.hpp"

namespace xenolith::hvm {

// With interrupts on, on the vCPU's CPU.
void handle_exit(Vcpu& vcpu, const Exit& exit);

// An interrupt or NMI that the guest would take now if it could.
bool has_deliverable_interrupt(Vcpu& vcpu);

// ---- for the handlers
// Moves rip behind the instruction that caused the exit, which must be `kind`; decodes it where the hardware does not
// tell. False if the guest's bytes are something else by now: nothing is changed, the guest runs the new bytes.
bool skip_instruction(Vcpu& vcpu, const Exit& exit, ExitKind kind);
// The instruction at rip, decoded.
std::optional<Instruction> fetch_exit_instruction(Vcpu& vcpu, ExitKind kind);
// Moves rip on by `length`; ends an interrupt shadow and clears RF.
void advance(Vcpu& vcpu, unsigned length);
void inject_exception(Vcpu& vcpu, u8 vector, std::optional<u32> error = std::nullopt);
void inject_general_protection(Vcpu& vcpu);
void inject_page_fault(Vcpu& vcpu, GuestVirtual address, u32 error);
void inject_invalid_opcode(Vcpu& vcpu);
inline CodeSize code_size(const VendorVcpu& hardware) { return hardware.code_size(); }

// ---- handlers in their own files
void handle_cpuid(Vcpu& vcpu, const Exit& exit);
void handle_rdmsr(Vcpu& vcpu, const Exit& exit);
void handle_wrmsr(Vcpu& vcpu, const Exit& exit);
void handle_rdtsc(Vcpu& vcpu, const Exit& exit);
void handle_rdtscp(Vcpu& vcpu, const Exit& exit);
void handle_xsetbv(Vcpu& vcpu, const Exit& exit);
void handle_control_register(Vcpu& vcpu, const Exit& exit);
void handle_io(Vcpu& vcpu, const Exit& exit);
void handle_nested_fault(Vcpu& vcpu, const Exit& exit);
void handle_hypercall(Vcpu& vcpu, const Exit& exit);

}  // namespace xenolith::hvm
