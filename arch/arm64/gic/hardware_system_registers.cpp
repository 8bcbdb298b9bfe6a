// SPDX-License-Identifier: MIT
// Encodings from Arm IHI 0069, "AArch64 System register descriptions": assemblers know the names only if told of the extension.
#include "arch/arm64/gic/hardware_system_registers.hpp"

#define READ(name, encoding)                          \
  case SystemRegister::name: {                        \
    u64 value;                                        \
    asm volatile("mrs %0, " #encoding : "=r"(value)); \
    return value;                                     \
  }
#define WRITE(name, encoding) \
  case SystemRegister::name: asm volatile("msr " #encoding ", %0" ::"r"(value)); return;
#define READ_LIST(n, encoding)                        \
  case n: {                                           \
    u64 value;                                        \
    asm volatile("mrs %0, " #encoding : "=r"(value)); \
    return value;                                     \
  }
#define WRITE_LIST(n, encoding) \
  case n: asm volatile("msr " #encoding ", %0" ::"r"(value)); return;

namespace xenolith::gic {
namespace {

u64 read_list(unsigned n) {
  switch (n) {
    READ_LIST(0, S3_4_C12_C12_0)
    READ_LIST(1, S3_4_C12_C12_1)
    READ_LIST(2, S3_4_C12_C12_2)
    READ_LIST(3, S3_4_C12_C12_3)
    READ_LIST(4, S3_4_C12_C12_4)
    READ_LIST(5, S3_4_C12_C12_5)
    READ_LIST(6, S3_4_C12_C12_6)
    READ_LIST(7, S3_4_C12_C12_7)
    READ_LIST(8, S3_4_C12_C13_0)
    READ_LIST(9, S3_4_C12_C13_1)
    READ_LIST(10, S3_4_C12_C13_2)
    READ_LIST(11, S3_4_C12_C13_3)
    READ_LIST(12, S3_4_C12_C13_4)
    READ_LIST(13, S3_4_C12_C13_5)
    READ_LIST(14, S3_4_C12_C13_6)
    READ_LIST(15, S3_4_C12_C13_7)
    default: return 0;
  }
}

void write_list(unsigned n, u64 value) {
  switch (n) {
    WRITE_LIST(0, S3_4_C12_C12_0)
    WRITE_LIST(1, S3_4_C12_C12_1)
    WRITE_LIST(2, S3_4_C12_C12_2)
    WRITE_LIST(3, S3_4_C12_C12_3)
    WRITE_LIST(4, S3_4_C12_C12_4)
    WRITE_LIST(5, S3_4_C12_C12_5)
    WRITE_LIST(6, S3_4_C12_C12_6)
    WRITE_LIST(7, S3_4_C12_C12_7)
    WRITE_LIST(8, S3_4_C12_C13_0)
    WRITE_LIST(9, S3_4_C12_C13_1)
    WRITE_LIST(10, S3_4_C12_C13_2)
    WRITE_LIST(11, S3_4_C12_C13_3)
    WRITE_LIST(12, S3_4_C12_C13_4)
    WRITE_LIST(13, S3_4_C12_C13_5)
    WRITE_LIST(14, S3_4_C12_C13_6)
    WRITE_LIST(15, S3_4_C12_C13_7)
    default: return;
  }
}

unsigned list_number(SystemRegister number) {
  return static_cast<unsigned>(number) - static_cast<unsigned>(SystemRegister::ich_lr0);
}

}  // namespace

u64 HardwareSystemRegisters::read(SystemRegister number) {
  switch (number) {
    READ(icc_sre_el2, S3_4_C12_C9_5)
    READ(icc_sre_el1, S3_0_C12_C12_5)
    READ(icc_pmr, S3_0_C4_C6_0)
    READ(icc_bpr1, S3_0_C12_C12_3)
    READ(icc_ctlr, S3_0_C12_C12_4)
    READ(icc_igrpen1, S3_0_C12_C12_7)
    READ(icc_iar1, S3_0_C12_C12_0)
    READ(ich_hcr, S3_4_C12_C11_0)
    READ(ich_vtr, S3_4_C12_C11_1)
    READ(ich_vmcr, S3_4_C12_C11_7)
    READ(ich_misr, S3_4_C12_C11_2)
    READ(ich_ap0r0, S3_4_C12_C8_0)
    READ(ich_ap0r1, S3_4_C12_C8_1)
    READ(ich_ap0r2, S3_4_C12_C8_2)
    READ(ich_ap0r3, S3_4_C12_C8_3)
    READ(ich_ap1r0, S3_4_C12_C9_0)
    READ(ich_ap1r1, S3_4_C12_C9_1)
    READ(ich_ap1r2, S3_4_C12_C9_2)
    READ(ich_ap1r3, S3_4_C12_C9_3)
    default: return read_list(list_number(number));
  }
}

void HardwareSystemRegisters::write(SystemRegister number, u64 value) {
  switch (number) {
    WRITE(icc_sre_el2, S3_4_C12_C9_5)
    WRITE(icc_sre_el1, S3_0_C12_C12_5)
    WRITE(icc_pmr, S3_0_C4_C6_0)
    WRITE(icc_bpr1, S3_0_C12_C12_3)
    WRITE(icc_ctlr, S3_0_C12_C12_4)
    WRITE(icc_igrpen1, S3_0_C12_C12_7)
    WRITE(icc_eoir1, S3_0_C12_C12_1)
    WRITE(icc_dir, S3_0_C12_C11_1)
    WRITE(icc_sgi1r, S3_0_C12_C11_5)
    WRITE(ich_hcr, S3_4_C12_C11_0)
    WRITE(ich_vmcr, S3_4_C12_C11_7)
    WRITE(ich_ap0r0, S3_4_C12_C8_0)
    WRITE(ich_ap0r1, S3_4_C12_C8_1)
    WRITE(ich_ap0r2, S3_4_C12_C8_2)
    WRITE(ich_ap0r3, S3_4_C12_C8_3)
    WRITE(ich_ap1r0, S3_4_C12_C9_0)
    WRITE(ich_ap1r1, S3_4_C12_C9_1)
    WRITE(ich_ap1r2, S3_4_C12_C9_2)
    WRITE(ich_ap1r3, S3_4_C12_C9_3)
    default: write_list(list_number(number), value); return;
  }
}

}  // namespace xenolith::gic
