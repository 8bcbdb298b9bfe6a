// SPDX-License-Identifier: MIT
// GuestPort: the memory and I/O ports of a vCPU as the emulator reaches them.
#pragma once

#include <span>

#include "arch/x86/insn/emulator.hpp"

namespace xenolith {
class Vcpu;
}

namespace xenolith::hvm {

// On the vCPU's own CPU.
class GuestPort final : public EmulatorPort {
 public:
  explicit GuestPort(Vcpu& vcpu) : vcpu_{vcpu} {}

  Attempt<u64> read_memory(GuestVirtual address, unsigned size, Access access) override;
  Outcome write_memory(GuestVirtual address, unsigned size, u64 value) override;
  Attempt<u64> compare_exchange(GuestVirtual address, unsigned size, u64 expected, u64 desired) override;
  Outcome probe_write(GuestVirtual address, unsigned size) override;
  Attempt<u64> read_io(u16 port, unsigned size) override;
  Outcome write_io(u16 port, unsigned size, u64 value) override;

 private:
  // Where an access goes: one or two pages.
  struct Place {
    GuestPhysical first, second;
    unsigned first_size, second_size;
  };
  Attempt<Place> locate(GuestVirtual address, unsigned size, u32 access) const;
  Attempt<GuestPhysical> locate_page(GuestVirtual address, u32 access) const;

  Vcpu& vcpu_;
};

// The guest's mode and segments as the emulator wants them.
ExecutionState execution_state(Vcpu& vcpu);

// Injects the exception of an outcome that raises one; nothing for others.
void raise_outcome(Vcpu& vcpu, const Outcome& outcome);

// Decodes the instruction at rip, performs it and acts on the outcome. What cannot be performed crashes the domain.
// `known`: its bytes, if the hardware told them with the exit; else, and where they are too few, they are read.
void emulate_instruction(Vcpu& vcpu, std::span<const u8> known = {});

}  // namespace xenolith::hvm
