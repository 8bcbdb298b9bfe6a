// SPDX-License-Identifier: MIT
// x86 instruction decoder.
#pragma once

#include <span>

#include "arch/x86/insn/instruction.hpp"
#include "core/base/result.hpp"

namespace xenolith {

// Decodes the instruction at the start of `bytes`, which may be longer or shorter than the instruction.
//
// The length is exact for every instruction that exists. That decoding succeeds does not promise that the processor has
// the instruction: reserved ModRM.reg values, LOCK where it is not allowed and the vector maps are not checked here.
// Near branches in 64-bit mode with a 66 prefix have a 16-bit distance, as on AMD's processors (Intel's ignore 66).
//
// Errors:
//   XEN_EAGAIN  the bytes end within the instruction: fetch more (on the processor: fault of the next byte's page)
//   XEN_EILSEQ  no such instruction (#UD)
//   XEN_E2BIG   longer than 15 bytes (#GP(0))
//
// Source: AMD64 APM volume 3 (24594), 1.2 "Instruction Encoding"; for EVEX: Intel SDM volume 2A, 2.7 "Intel AVX-512
// Encoding".
Result<Instruction> decode(std::span<const u8> bytes, CodeSize size);

}  // namespace xenolith
