// SPDX-License-Identifier: MIT
#include <arch/domain_state.hpp>

#include <algorithm>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/guest_port.hpp"
#include "arch/x86/hvm/guest_walk.hpp"
#include "arch/x86/insn/decoder.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {
namespace {

constexpr u8 debug_exception = 1;

struct FetchedBytes {
  std::array<u8, max_instruction_length> byte{};
  size_t count = 0;
};

void finish(Vcpu& vcpu, bool single_step) {
  vcpu.arch().hardware->end_interrupt_shadow();
  if (single_step) inject_exception(vcpu, debug_exception);
}

// The bytes from `count` on cannot be read: the guest has changed its page tables since it executed them, or has them
// outside its memory.
void raise_fetch_fault(Vcpu& vcpu, size_t count) {
  const VendorVcpu& hardware = *vcpu.arch().hardware;
  bool is_long = code_size(hardware) == CodeSize::bits64;
  u64 linear = vcpu.arch().registers.rip + count + (is_long ? 0 : hardware.segment(Segment::cs).base);
  inject_page_fault(vcpu, GuestVirtual{is_long ? linear : linear & 0xffffffff}, fault::fetch | access_privilege(vcpu));
}

void give_up(Vcpu& vcpu, const FetchedBytes& bytes) {
  const auto& b = bytes.byte;
  vcpu.domain().crash(&vcpu,
                      "d{}v{}: cannot emulate {:02x} {:02x} {:02x} {:02x} {:02x} {:02x} {:02x} {:02x} {:02x} {:02x} "
                      "at {:#x}",
                      vcpu.domain().id(), vcpu.id(), b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
                      vcpu.arch().registers.rip);
}

// What the hardware executed is right even if the guest has changed it meanwhile.
Result<Instruction> decode_known_or_read(Vcpu& vcpu, std::span<const u8> known, CodeSize size, FetchedBytes& bytes) {
  bytes.count = std::min(known.size(), bytes.byte.size());
  std::copy_n(known.begin(), bytes.count, bytes.byte.begin());
  if (bytes.count > 0) {
    Result<Instruction> instruction = decode(std::span{bytes.byte}.first(bytes.count), size);
    if (instruction || instruction.error() != XEN_EAGAIN) return instruction;
  }
  bytes.count = fetch_instruction_bytes(vcpu, bytes.byte);
  return decode(std::span{bytes.byte}.first(bytes.count), size);
}

void act(Vcpu& vcpu, const Outcome& outcome, const FetchedBytes& bytes, bool single_step) {
  switch (outcome.kind()) {
    case Outcome::Kind::done: return finish(vcpu, single_step);
    case Outcome::Kind::in_progress:
    case Outcome::Kind::retry: return;
    case Outcome::Kind::raise: return raise_outcome(vcpu, outcome);
    case Outcome::Kind::unhandleable: return give_up(vcpu, bytes);
  }
}

}  // namespace

void raise_outcome(Vcpu& vcpu, const Outcome& outcome) {
  if (outcome.kind() != Outcome::Kind::raise) return;
  if (outcome.vector() == exception::page_fault)
    return inject_page_fault(vcpu, outcome.cr2(), outcome.error_code().value_or(0));
  inject_exception(vcpu, outcome.vector().raw(), outcome.error_code());
}

void emulate_instruction(Vcpu& vcpu, std::span<const u8> known) {
  GuestRegisters& registers = vcpu.arch().registers;
  FetchedBytes bytes;
  ExecutionState state = execution_state(vcpu);
  Result<Instruction> instruction = decode_known_or_read(vcpu, known, state.code_size, bytes);
  if (!instruction) {
    if (instruction.error() == XEN_EAGAIN) return raise_fetch_fault(vcpu, bytes.count);
    return instruction.error() == XEN_E2BIG ? inject_general_protection(vcpu) : inject_invalid_opcode(vcpu);
  }
  bool single_step = registers.rflags & rflags::tf;
  GuestPort port{vcpu};
  act(vcpu, emulate(*instruction, registers, state, port), bytes, single_step);
}

}  // namespace xenolith::hvm
