// SPDX-License-Identifier: MIT
// What the processor tells of the instruction behind an exit, where it has NRIP save (AMD64 APM volume 2, section 15.7.1 "State Saved
// on Exit") and decode assists (section 15.10 "IOIO Intercepts", section 15.33 "Decode Assists").
#pragma once

#include <algorithm>
#include <span>

#include "arch/x86/hvm/vendor.hpp"
#include "arch/x86/svm/vmcb.hpp"

namespace xenolith::svm {

// The instruction's length from where it and the next one are; 0 if the hardware does not know: it stores a next address only for
// exits that an instruction makes.
constexpr u8 length_between(u64 rip, u64 next_rip) {
  u64 length = next_rip - rip;
  return length > 0 && length <= max_instruction_length ? static_cast<u8>(length) : u8{0};
}

// The bytes at rip of a data access that faulted in the nested page tables. None where the hardware could not read any, as for a
// fault of the fetch itself.
constexpr std::span<const u8> fetched_bytes(const Vmcb& vmcb) {
  return {vmcb.instruction_bytes, std::min<size_t>(vmcb.instruction_bytes_fetched & 15, max_instruction_length)};
}

}  // namespace xenolith::svm
