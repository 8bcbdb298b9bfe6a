// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/cpu_record.hpp"

#include <algorithm>
#include <cstring>

#include "arch/x86/hvm/control_rules.hpp"
#include "arch/x86/hvm/msr_rules.hpp"

namespace xenolith::hvm {
namespace {

constexpr u64 rflags_known = 0x3f7fd5, rflags_fixed = 2;
constexpr u32 segment_attributes = 0xfff;
constexpr u64 debug_status_fixed = 0xffff0ff0, debug_control_fixed = 0x400;
constexpr unsigned mxcsr_offset = 24;
constexpr u32 mxcsr_reserved = 0xffff0000;  // FXRSTOR and XRSTOR fault on them

// Where the record keeps what a general register holds, in the order of their numbers.
constexpr u64 hvm_hw_cpu::*general[gpr_count] = {
    &hvm_hw_cpu::rax, &hvm_hw_cpu::rcx, &hvm_hw_cpu::rdx, &hvm_hw_cpu::rbx, &hvm_hw_cpu::rsp, &hvm_hw_cpu::rbp,
    &hvm_hw_cpu::rsi, &hvm_hw_cpu::rdi, &hvm_hw_cpu::r8,  &hvm_hw_cpu::r9,  &hvm_hw_cpu::r10, &hvm_hw_cpu::r11,
    &hvm_hw_cpu::r12, &hvm_hw_cpu::r13, &hvm_hw_cpu::r14, &hvm_hw_cpu::r15};

struct SegmentFields {
  u32 hvm_hw_cpu::*selector;
  u32 hvm_hw_cpu::*attributes;
  u32 hvm_hw_cpu::*limit;
  u64 hvm_hw_cpu::*base;
};
// By Segment.
constexpr SegmentFields segment_fields[CpuRecord::segment_count] = {
    {&hvm_hw_cpu::es_sel, &hvm_hw_cpu::es_arbytes, &hvm_hw_cpu::es_limit, &hvm_hw_cpu::es_base},
    {&hvm_hw_cpu::cs_sel, &hvm_hw_cpu::cs_arbytes, &hvm_hw_cpu::cs_limit, &hvm_hw_cpu::cs_base},
    {&hvm_hw_cpu::ss_sel, &hvm_hw_cpu::ss_arbytes, &hvm_hw_cpu::ss_limit, &hvm_hw_cpu::ss_base},
    {&hvm_hw_cpu::ds_sel, &hvm_hw_cpu::ds_arbytes, &hvm_hw_cpu::ds_limit, &hvm_hw_cpu::ds_base},
    {&hvm_hw_cpu::fs_sel, &hvm_hw_cpu::fs_arbytes, &hvm_hw_cpu::fs_limit, &hvm_hw_cpu::fs_base},
    {&hvm_hw_cpu::gs_sel, &hvm_hw_cpu::gs_arbytes, &hvm_hw_cpu::gs_limit, &hvm_hw_cpu::gs_base}};
constexpr SegmentFields ldtr_fields{&hvm_hw_cpu::ldtr_sel, &hvm_hw_cpu::ldtr_arbytes, &hvm_hw_cpu::ldtr_limit,
                                    &hvm_hw_cpu::ldtr_base};
constexpr SegmentFields tr_fields{&hvm_hw_cpu::tr_sel, &hvm_hw_cpu::tr_arbytes, &hvm_hw_cpu::tr_limit,
                                  &hvm_hw_cpu::tr_base};

struct MsrField {
  Msr number;
  u64 hvm_hw_cpu::*field;
};
constexpr MsrField msr_fields[CpuRecord::msr_count] = {
    {Msr::sysenter_cs, &hvm_hw_cpu::sysenter_cs},     {Msr::sysenter_esp, &hvm_hw_cpu::sysenter_esp},
    {Msr::sysenter_eip, &hvm_hw_cpu::sysenter_eip},   {Msr::kernel_gs_base, &hvm_hw_cpu::shadow_gs},
    {Msr::lstar, &hvm_hw_cpu::msr_lstar},             {Msr::star, &hvm_hw_cpu::msr_star},
    {Msr::cstar, &hvm_hw_cpu::msr_cstar},             {Msr::syscall_mask, &hvm_hw_cpu::msr_syscall_mask}};

Result<SegmentRegister> segment_of(const hvm_hw_cpu& record, const SegmentFields& fields) {
  SegmentRegister segment{static_cast<u16>(record.*fields.selector), static_cast<u16>(record.*fields.attributes),
                          record.*fields.limit, record.*fields.base};
  if (record.*fields.selector > 0xffff || (record.*fields.attributes & ~segment_attributes)) return Failure{XEN_EINVAL};
  if (!is_canonical(segment.base)) return Failure{XEN_EINVAL};
  return segment;
}

void put_segment(hvm_hw_cpu& record, const SegmentFields& fields, const SegmentRegister& segment) {
  record.*fields.selector = segment.selector;
  record.*fields.attributes = segment.attributes;
  record.*fields.limit = segment.limit;
  record.*fields.base = segment.base;
}

Result<void> decode_segments(const hvm_hw_cpu& record, CpuRecord& state) {
  for (unsigned i = 0; i < CpuRecord::segment_count; ++i)
    state.segments[i] = TRY(segment_of(record, segment_fields[i]));
  state.ldtr = TRY(segment_of(record, ldtr_fields));
  state.tr = TRY(segment_of(record, tr_fields));
  if (record.gdtr_limit > 0xffff || record.idtr_limit > 0xffff) return Failure{XEN_EINVAL};
  if (!is_canonical(record.gdtr_base) || !is_canonical(record.idtr_base)) return Failure{XEN_EINVAL};
  state.gdtr = {record.gdtr_base, record.gdtr_limit};
  state.idtr = {record.idtr_base, record.idtr_limit};
  return {};
}

// Breakpoints are canonical addresses; of DR6 and DR7 the upper halves are zero.
Result<void> decode_debug(const hvm_hw_cpu& record, CpuRecord& state) {
  state.debug_addresses = {record.dr0, record.dr1, record.dr2, record.dr3};
  if (!std::ranges::all_of(state.debug_addresses, is_canonical)) return Failure{XEN_EINVAL};
  if (record.dr6 >> 32 || record.dr7 >> 32) return Failure{XEN_EINVAL};
  state.dr6 = record.dr6 | debug_status_fixed;
  state.dr7 = record.dr7 | debug_control_fixed;
  return {};
}

Result<void> decode_msrs(const hvm_hw_cpu& record, CpuRecord& state) {
  for (unsigned i = 0; i < CpuRecord::msr_count; ++i) {
    u32 number = static_cast<u32>(msr_fields[i].number);
    u64 value = record.*msr_fields[i].field;
    if (!is_valid_msr_value(number, value)) return Failure{XEN_EINVAL};
    state.msrs[i] = {number, value};
  }
  if (record.msr_tsc_aux >> 32) return Failure{XEN_EINVAL};
  state.tsc_aux = record.msr_tsc_aux;
  state.tsc = record.tsc;
  return {};
}

Result<void> decode_fpu(const hvm_hw_cpu& record, CpuRecord& state) {
  if (record.flags & ~u32{XEN_X86_FPU_INITIALISED}) return Failure{XEN_EINVAL};
  state.has_fpu = record.flags & XEN_X86_FPU_INITIALISED;
  static_assert(sizeof record.fpu_regs == sizeof state.fpu);
  std::memcpy(state.fpu.data(), record.fpu_regs, sizeof record.fpu_regs);
  u32 mxcsr;
  std::memcpy(&mxcsr, state.fpu.data() + mxcsr_offset, sizeof mxcsr);
  if (state.has_fpu && (mxcsr & mxcsr_reserved)) return Failure{XEN_EINVAL};
  return {};
}

}  // namespace

Result<ControlRegisters> controls_from_reset(const CpuidPolicy& policy, u64 cr0, u64 cr3, u64 cr4, u64 efer) {
  ControlRegisters begin{.cr0 = cr0::et};
  begin = TRY(with_efer(begin, efer & ~u64{efer::lma}, policy.efer_bits()));
  begin = TRY(with_cr4(begin, cr4, policy.cr4_bits()));
  begin = TRY(with_cr0(begin, cr0 | cr0::et, false));
  return with_cr3(begin, cr3, policy.physical_bits());
}

Result<CpuRecord> decode_cpu_record(const hvm_hw_cpu& record, const CpuidPolicy& policy) {
  CpuRecord state;
  if (record.pad0 != 0) return Failure{XEN_EINVAL};
  for (unsigned i = 0; i < gpr_count; ++i) state.registers.gpr[i] = record.*general[i];
  state.registers.rip = record.rip;
  state.registers.rflags = (record.rflags & rflags_known) | rflags_fixed;
  state.controls = TRY(controls_from_reset(policy, record.cr0, record.cr3, record.cr4, record.msr_efer));
  if ((state.controls.efer ^ record.msr_efer) & efer::lma) return Failure{XEN_EINVAL};
  state.controls.cr2 = record.cr2;
  TRY(decode_segments(record, state));
  TRY(decode_debug(record, state));
  TRY(decode_msrs(record, state));
  TRY(decode_fpu(record, state));
  return state;
}

hvm_hw_cpu encode_cpu_record(const CpuRecord& state) {
  hvm_hw_cpu record{};
  for (unsigned i = 0; i < gpr_count; ++i) record.*general[i] = state.registers.gpr[i];
  record.rip = state.registers.rip;
  record.rflags = state.registers.rflags;
  record.cr0 = state.controls.cr0;
  record.cr2 = state.controls.cr2;
  record.cr3 = state.controls.cr3;
  record.cr4 = state.controls.cr4;
  record.msr_efer = state.controls.efer;
  for (unsigned i = 0; i < CpuRecord::segment_count; ++i) put_segment(record, segment_fields[i], state.segments[i]);
  put_segment(record, ldtr_fields, state.ldtr);
  put_segment(record, tr_fields, state.tr);
  record.gdtr_base = state.gdtr.base;
  record.gdtr_limit = state.gdtr.limit;
  record.idtr_base = state.idtr.base;
  record.idtr_limit = state.idtr.limit;
  record.dr0 = state.debug_addresses[0];
  record.dr1 = state.debug_addresses[1];
  record.dr2 = state.debug_addresses[2];
  record.dr3 = state.debug_addresses[3];
  record.dr6 = state.dr6;
  record.dr7 = state.dr7;
  for (unsigned i = 0; i < CpuRecord::msr_count; ++i) record.*msr_fields[i].field = state.msrs[i].value;
  record.msr_tsc_aux = state.tsc_aux;
  record.tsc = state.tsc;
  if (state.has_fpu) {
    std::memcpy(record.fpu_regs, state.fpu.data(), sizeof record.fpu_regs);
    record.flags = XEN_X86_FPU_INITIALISED;
  }
  return record;
}

}  // namespace xenolith::hvm
