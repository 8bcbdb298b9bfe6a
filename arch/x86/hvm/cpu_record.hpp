// SPDX-License-Identifier: MIT
// The state of a vCPU in the record CPU (<xen/arch-x86/hvm/save.h>), checked and taken apart, or put together.
#pragma once

#include <array>

#include "arch/x86/hvm/cpuid_policy.hpp"
#include "arch/x86/hvm/save_records.hpp"
#include "arch/x86/hvm/vendor.hpp"

namespace xenolith::hvm {

struct MsrValue {
  u32 number;
  u64 value;
};

struct CpuRecord {
  static constexpr unsigned segment_count = 6, msr_count = 8;

  GuestRegisters registers;
  ControlRegisters controls;
  std::array<SegmentRegister, segment_count> segments;  // by Segment
  SegmentRegister ldtr, tr;
  TableRegister gdtr, idtr;
  std::array<u64, 4> debug_addresses{};
  u64 dr6 = 0, dr7 = 0;
  std::array<MsrValue, msr_count> msrs{};
  u64 tsc_aux = 0;
  u64 tsc = 0;  // what RDTSC reads when the record is loaded; 0: as before
  bool has_fpu = false;
  std::array<u8, 512> fpu{};  // as FXSAVE64 writes it
};

// Hostile input. Fails with EINVAL where the processor that the policy describes could not have come to such a state, or would
// fault when it is loaded.
Result<CpuRecord> decode_cpu_record(const hvm_hw_cpu& record, const CpuidPolicy& policy);
hvm_hw_cpu encode_cpu_record(const CpuRecord& state);

// The control registers that a vCPU has after they are set in this order: EFER, CR4, CR0, CR3. EINVAL where one faults.
Result<ControlRegisters> controls_from_reset(const CpuidPolicy& policy, u64 cr0, u64 cr3, u64 cr4, u64 efer);

}  // namespace xenolith::hvm
