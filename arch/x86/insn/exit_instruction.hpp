// SPDX-License-Identifier: MIT
// Recognises the instruction that caused an exit, on processors that do not tell its length (SVM without NRIP save) or
// its operands (without decode assists).
#pragma once

#include <optional>
#include <span>

#include "arch/x86/insn/instruction.hpp"

namespace xenolith {

// Instructions that can cause an exit, or that a PV guest executes at a level where they fault.
enum class ExitKind : u8 {
  cpuid, hlt, pause, invd, wbinvd, rsm, clts,
  rdmsr, wrmsr, rdpmc, rdtsc, rdtscp,
  rdtsc_or_rdtscp,  // QEMU's TCG reports an intercepted RDTSCP as RDTSC
  rdpru, xsetbv, xgetbv, monitor, mwait, monitorx, mwaitx,
  mov_from_cr, mov_to_cr, mov_from_dr, mov_to_dr, lmsw, smsw,
  invlpg, invlpga, invlpgb, tlbsync, invpcid,
  lgdt, lidt, sgdt, sidt, lldt, ltr, sldt, str,
  int_n, int3, into, icebp, pushf, popf, iret, cli, sti,
  in, out, ins, outs,
  vmmcall, vmcall, vmrun, vmload, vmsave, stgi, clgi, skinit,
  vmxon, vmxoff, vmlaunch, vmresume, vmclear, vmptrld, vmptrst, vmread, vmwrite, invept, invvpid,
  rdrand, rdseed, xsaves, xrstors, ud2,
};

// Decodes the instruction at the start of `bytes` if it is `kind`, with any prefixes that do not change its meaning.
// None if the bytes are too few or are another instruction: the guest may have changed them since the exit, so the
// caller must then raise #UD or run the guest again, and must not advance rip.
// IN, OUT, INS and OUTS give their width in operand_size; control_register() gives the register of MOV CR.
std::optional<Instruction> exit_instruction(ExitKind kind, std::span<const u8> bytes, CodeSize size);

// The same, only the length: 1..15 bytes.
std::optional<unsigned> exit_instruction_length(ExitKind kind, std::span<const u8> bytes, CodeSize size);

}  // namespace xenolith
