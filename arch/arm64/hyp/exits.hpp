// SPDX-License-Identifier: MIT
// Exits of guests: why they happened, and what is done.
#pragma once

#include "arch/arm64/hyp/registers.hpp"
#include "core/base/units.hpp"

namespace xenolith {

class Vcpu;

// The syndrome registers, read before interrupts are enabled: an interrupt may change them.
struct ExitDetails {
  u64 syndrome;         // ESR_EL2
  u64 fault_address;    // FAR_EL2
  u64 fault_page;       // HPFAR_EL2

  unsigned exception_class() const { return static_cast<unsigned>(Bits<31, 26>::get(syndrome)); }
  bool is_16_bit_instruction() const { return !(syndrome & bit(25)); }
  GuestPhysical guest_physical() const {
    return GuestPhysical{Bits<43, 4>::get(fault_page) << page_shift | (fault_address & page_mask)};
  }
};
ExitDetails read_exit_details();

void handle_exit(Vcpu& vcpu, ExitKind kind, const ExitDetails& details);

// ---- handlers, in files of their own
void handle_hypercall(Vcpu& vcpu, const ExitDetails& details);        // hypercall.cpp
void handle_firmware_call(Vcpu& vcpu);                                // guest_firmware.cpp: PSCI by HVC #0; registers.pc is behind it
void handle_data_abort(Vcpu& vcpu, const ExitDetails& details);       // data_abort.cpp
void handle_instruction_abort(Vcpu& vcpu, const ExitDetails& details);
void handle_system_register(Vcpu& vcpu, const ExitDetails& details);  // system_register.cpp

// ---- exceptions for the guest (inject.cpp)
// An instruction that does not exist; the instruction is not skipped.
void inject_undefined(Vcpu& vcpu);
// A synchronous external abort, of an access to `address` or of fetching from it.
enum class AbortOf : u8 { data, instruction };
void inject_abort(Vcpu& vcpu, AbortOf kind, u64 address);

}  // namespace xenolith
