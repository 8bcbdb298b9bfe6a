// SPDX-License-Identifier: MIT
// Source: Intel SDM volume 2D, "XSETBV—Set Extended Control Register".
#include <arch/domain_state.hpp>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/extended_state.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {

void handle_xsetbv(Vcpu& vcpu, const Exit& exit) {
  const VendorVcpu& hardware = *vcpu.arch().hardware;
  const GuestRegisters& registers = vcpu.arch().registers;
  if (!(hardware.controls().cr4 & cr4::osxsave)) return inject_invalid_opcode(vcpu);
  if (hardware.privilege() != 0 || registers.ecx() != 0 || !is_valid_xcr0(registers.edx_eax()))
    return inject_general_protection(vcpu);
  if (skip_instruction(vcpu, exit, ExitKind::xsetbv)) change_xcr0(vcpu, registers.edx_eax());
}

}  // namespace xenolith::hvm
