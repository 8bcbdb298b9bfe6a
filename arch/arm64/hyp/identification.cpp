// SPDX-License-Identifier: MIT
// The identification registers as guests see them (HCR_EL2.TID3): the processor's, without what is not for guests or not kept for
// each vCPU. Fields: ARM Architecture Reference Manual, chapter D19, under the registers' names.
#include "arch/arm64/hyp/identification.hpp"

#include "arch/arm64/cpu/registers.hpp"

namespace xenolith {
namespace {

// The register of CRm (1 to 7) and op2 as the processor has it: those of op0 3, op1 0, CRn 0.
u64 of_processor(unsigned crm, unsigned op2) {
  switch (crm << 3 | op2) {
    case 1 << 3 | 0: return read_register(s3_0_c0_c1_0);
    case 1 << 3 | 1: return read_register(s3_0_c0_c1_1);
    case 1 << 3 | 2: return read_register(s3_0_c0_c1_2);
    case 1 << 3 | 3: return read_register(s3_0_c0_c1_3);
    case 1 << 3 | 4: return read_register(s3_0_c0_c1_4);
    case 1 << 3 | 5: return read_register(s3_0_c0_c1_5);
    case 1 << 3 | 6: return read_register(s3_0_c0_c1_6);
    case 1 << 3 | 7: return read_register(s3_0_c0_c1_7);
    case 2 << 3 | 0: return read_register(s3_0_c0_c2_0);
    case 2 << 3 | 1: return read_register(s3_0_c0_c2_1);
    case 2 << 3 | 2: return read_register(s3_0_c0_c2_2);
    case 2 << 3 | 3: return read_register(s3_0_c0_c2_3);
    case 2 << 3 | 4: return read_register(s3_0_c0_c2_4);
    case 2 << 3 | 5: return read_register(s3_0_c0_c2_5);
    case 2 << 3 | 6: return read_register(s3_0_c0_c2_6);
    case 2 << 3 | 7: return read_register(s3_0_c0_c2_7);
    case 3 << 3 | 0: return read_register(s3_0_c0_c3_0);
    case 3 << 3 | 1: return read_register(s3_0_c0_c3_1);
    case 3 << 3 | 2: return read_register(s3_0_c0_c3_2);
    case 3 << 3 | 3: return read_register(s3_0_c0_c3_3);
    case 3 << 3 | 4: return read_register(s3_0_c0_c3_4);
    case 3 << 3 | 5: return read_register(s3_0_c0_c3_5);
    case 3 << 3 | 6: return read_register(s3_0_c0_c3_6);
    case 3 << 3 | 7: return read_register(s3_0_c0_c3_7);
    case 4 << 3 | 0: return read_register(s3_0_c0_c4_0);
    case 4 << 3 | 1: return read_register(s3_0_c0_c4_1);
    case 4 << 3 | 2: return read_register(s3_0_c0_c4_2);
    case 4 << 3 | 3: return read_register(s3_0_c0_c4_3);
    case 4 << 3 | 4: return read_register(s3_0_c0_c4_4);
    case 4 << 3 | 5: return read_register(s3_0_c0_c4_5);
    case 4 << 3 | 6: return read_register(s3_0_c0_c4_6);
    case 4 << 3 | 7: return read_register(s3_0_c0_c4_7);
    case 5 << 3 | 0: return read_register(s3_0_c0_c5_0);
    case 5 << 3 | 1: return read_register(s3_0_c0_c5_1);
    case 5 << 3 | 2: return read_register(s3_0_c0_c5_2);
    case 5 << 3 | 3: return read_register(s3_0_c0_c5_3);
    case 5 << 3 | 4: return read_register(s3_0_c0_c5_4);
    case 5 << 3 | 5: return read_register(s3_0_c0_c5_5);
    case 5 << 3 | 6: return read_register(s3_0_c0_c5_6);
    case 5 << 3 | 7: return read_register(s3_0_c0_c5_7);
    case 6 << 3 | 0: return read_register(s3_0_c0_c6_0);
    case 6 << 3 | 1: return read_register(s3_0_c0_c6_1);
    case 6 << 3 | 2: return read_register(s3_0_c0_c6_2);
    case 6 << 3 | 3: return read_register(s3_0_c0_c6_3);
    case 6 << 3 | 4: return read_register(s3_0_c0_c6_4);
    case 6 << 3 | 5: return read_register(s3_0_c0_c6_5);
    case 6 << 3 | 6: return read_register(s3_0_c0_c6_6);
    case 6 << 3 | 7: return read_register(s3_0_c0_c6_7);
    case 7 << 3 | 0: return read_register(s3_0_c0_c7_0);
    case 7 << 3 | 1: return read_register(s3_0_c0_c7_1);
    case 7 << 3 | 2: return read_register(s3_0_c0_c7_2);
    case 7 << 3 | 3: return read_register(s3_0_c0_c7_3);
    case 7 << 3 | 4: return read_register(s3_0_c0_c7_4);
    case 7 << 3 | 5: return read_register(s3_0_c0_c7_5);
    case 7 << 3 | 6: return read_register(s3_0_c0_c7_6);
    case 7 << 3 | 7: return read_register(s3_0_c0_c7_7);
    default: return 0;
  }
}

// Fields of four bits that are zero for guests, by their lowest bits.
template <unsigned... lowest>
constexpr u64 without(u64 value) {
  return value & ~((u64{0xf} << lowest) | ...);
}

constexpr unsigned number(unsigned crm, unsigned op2) { return crm << 3 | op2; }

}  // namespace

u64 guest_identification(unsigned crm, unsigned op2, bool has_gic_registers) {
  u64 value = of_processor(crm, op2);
  switch (number(crm, op2)) {
    case number(4, 0):  // ID_AA64PFR0_EL1: no EL2 and EL3; GIC, RAS, SVE, MPAM, AMU
      value = without<8, 12, 24, 28, 32, 40, 44>(value);
      value = Bits<7, 4>::set(value, 1);  // kernels are of 64 bits
      return has_gic_registers ? value | 1 << 24 : value;
    case number(4, 1): return without<8, 12, 16, 24, 28>(value);  // ID_AA64PFR1_EL1: MTE, RAS, MPAM, SME, RNDR traps
    case number(4, 4):
    case number(4, 5): return 0;                                  // ID_AA64ZFR0_EL1, ID_AA64SMFR0_EL1
    case number(5, 0): return without<4, 8, 32, 40, 44, 48, 52>(value);  // ID_AA64DFR0_EL1: trace, monitors, profiling
    case number(5, 1): return 0;
    case number(6, 0): return without<24>(value);                 // ID_AA64ISAR0_EL1: transactions
    case number(6, 1): return without<4, 8, 24, 28>(value);       // ID_AA64ISAR1_EL1: pointer authentication
    case number(6, 2): return without<8, 12>(value);              // ID_AA64ISAR2_EL1: the same
    case number(7, 0): return without<56, 60>(value);             // ID_AA64MMFR0_EL1: fine-grained traps, enhanced counter
    case number(7, 1): return without<8, 16>(value);              // ID_AA64MMFR1_EL1: virtualisation host extensions, LORegions
    case number(7, 2): return without<24>(value);                 // ID_AA64MMFR2_EL1: nested virtualisation
    default: return value;
  }
}

}  // namespace xenolith
