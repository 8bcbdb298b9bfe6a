// SPDX-License-Identifier: MIT
// Hypercalls: registers to arguments and back (xen/arch-arm.h, "Hypercall calling convention": number in x16, arguments in x0 to x4,
// result in x0).
#include <arch/domain_state.hpp>

#include "arch/arm64/hyp/exits.hpp"
#include "core/domain/domain.hpp"
#include "core/hypercall/table.hpp"

namespace xenolith {

void handle_hypercall(Vcpu& vcpu, const ExitDetails&) {
  constexpr unsigned number = 16;
  GuestRegisters& registers = vcpu.arch().registers;
  // Only a kernel may: a process has no business with the hypervisor. 32-bit kernels are not offered.
  if (!registers.is_kernel64()) {
    registers.x[0] = static_cast<u64>(-i64{XEN_EPERM});
    return;
  }
  HypercallArguments arguments{{registers.x[0], registers.x[1], registers.x[2], registers.x[3], registers.x[4]}};
  u64 next = registers.pc;
  HypercallOutcome outcome = hypercall(vcpu, registers.x[number], arguments);
  if (outcome.is_done()) {
    if (registers.pc == next) registers.x[0] = static_cast<u64>(outcome.value());
    return;
  }
  // The instruction runs again, with what is left to do.
  for (unsigned i = 0; i < arguments.value.size(); ++i) registers.x[i] = outcome.arguments()[i];
  registers.pc -= 4;
}

}  // namespace xenolith
