// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/cpu_record.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

namespace xenolith::hvm {
namespace {

// A processor with what the tests use: PAE, NX, long mode, 40 address bits.
CpuidResult processor(u32 leaf, u32 subleaf) {
  switch (leaf) {
    case 0: return {0xd, 0x68747541, 0x444d4163, 0x69746e65};
    case 1: return {0x800f12, 0, 0x04000000, 0x078bfbff};
    case 0xd: return subleaf == 0 ? CpuidResult{7, 832, 832, 0} : CpuidResult{};
    case 0x80000000: return {0x80000008, 0x68747541, 0x444d4163, 0x69746e65};
    case 0x80000001: return {0x800f12, 0, 0, 0x2c100800};
    case 0x80000008: return {0x3028, 0, 0, 0};
    default: return {};
  }
}

const CpuidPolicy& policy() {
  static const CpuidPolicy made = CpuidPolicy::most(processor, {.xcr0_mask = 7});
  return made;
}

// How a PVH guest begins.
hvm_hw_cpu pvh_entry() {
  hvm_hw_cpu record{};
  record.cr0 = 0x11;
  record.cs_limit = record.ds_limit = record.es_limit = record.ss_limit = ~u32{0};
  record.cs_arbytes = 0xc9b;
  record.ds_arbytes = record.es_arbytes = record.ss_arbytes = 0xc93;
  record.tr_arbytes = 0x8b;
  record.tr_limit = 0x67;
  record.rip = 0x1000000;
  record.rbx = 0x1074000;
  record.dr6 = 0xffff0ff0;
  record.dr7 = 0x400;
  return record;
}

hvm_hw_cpu long_mode() {
  hvm_hw_cpu record = pvh_entry();
  record.cr0 = 0x80000011;
  record.cr3 = 0x12'3456'7000;
  record.cr4 = 0x20;
  record.msr_efer = 0x500;
  return record;
}

TEST(CpuRecord, TakesTheEntryOfPvhGuests) {
  auto state = decode_cpu_record(pvh_entry(), policy());
  ASSERT_TRUE(state);
  EXPECT_EQ(state->registers.rip, 0x1000000u);
  EXPECT_EQ(state->registers.rbx(), 0x1074000u);
  EXPECT_EQ(state->registers.rflags, 2u);
  EXPECT_EQ(state->controls.cr0, 0x11u);
  EXPECT_EQ(state->segments[static_cast<unsigned>(Segment::cs)].attributes, 0xc9b);
  EXPECT_EQ(state->segments[static_cast<unsigned>(Segment::ss)].limit, ~u32{0});
  EXPECT_EQ(state->tr.limit, 0x67u);
  EXPECT_FALSE(state->has_fpu);
}

TEST(CpuRecord, KeepsAllOfCr3InLongMode) {
  auto state = decode_cpu_record(long_mode(), policy());
  ASSERT_TRUE(state);
  EXPECT_EQ(state->controls.cr3, 0x12'3456'7000u);
  EXPECT_EQ(state->controls.efer, 0x500u);
}

TEST(CpuRecord, ComesBackAsItWas) {
  hvm_hw_cpu record = long_mode();
  record.rflags = 0x202;
  record.r15 = 15;
  record.rdi = 7;
  record.cr2 = 0x1234;
  record.gs_base = 0xffff888000000000;
  record.gdtr_base = 0xfffffe0000001000;
  record.gdtr_limit = 0x7f;
  record.msr_lstar = 0xffffffff81000000;
  record.msr_tsc_aux = 3;
  record.dr2 = 0xffffffff82000000;
  record.tsc = 99;
  record.flags = XEN_X86_FPU_INITIALISED;
  record.fpu_regs[0] = 0x7f;
  auto state = decode_cpu_record(record, policy());
  ASSERT_TRUE(state);
  hvm_hw_cpu again = encode_cpu_record(*state);
  EXPECT_EQ(std::memcmp(&record, &again, sizeof record), 0);
}

TEST(CpuRecord, RefusesWhatNoProcessorComesTo) {
  struct Case {
    const char* what;
    std::function<void(hvm_hw_cpu&)> spoil;
  };
  const Case cases[] = {
      {"padding", [](auto& r) { r.pad0 = 1; }},
      {"upper half of CR0", [](auto& r) { r.cr0 |= u64{1} << 32; }},
      {"paging without protection", [](auto& r) { r.cr0 = 0x80000010; }},
      {"LMA without LME", [](auto& r) { r.msr_efer = 0x400; }},
      {"LME and paging without LMA", [](auto& r) { r.msr_efer = 0x100; }},
      {"long mode without PAE", [](auto& r) { r.cr4 = 0; }},
      {"unknown EFER", [](auto& r) { r.msr_efer |= 0x1000; }},
      {"unknown CR4", [](auto& r) { r.cr4 |= u64{1} << 40; }},
      {"CR3 beyond the address width", [](auto& r) { r.cr3 = u64{1} << 41; }},
      {"selector", [](auto& r) { r.fs_sel = 0x10000; }},
      {"attributes", [](auto& r) { r.cs_arbytes = 0xa09b; }},
      {"base", [](auto& r) { r.gs_base = u64{1} << 47; }},
      {"table's base", [](auto& r) { r.idtr_base = u64{1} << 47; }},
      {"table's limit", [](auto& r) { r.gdtr_limit = 0x10000; }},
      {"breakpoint", [](auto& r) { r.dr0 = u64{1} << 47; }},
      {"DR6", [](auto& r) { r.dr6 = u64{1} << 32; }},
      {"DR7", [](auto& r) { r.dr7 = u64{1} << 32; }},
      {"SYSCALL's target", [](auto& r) { r.msr_lstar = u64{1} << 47; }},
      {"TSC_AUX", [](auto& r) { r.msr_tsc_aux = u64{1} << 32; }},
      {"flags", [](auto& r) { r.flags = 2; }},
      {"MXCSR", [](auto& r) { r.flags = 1, r.fpu_regs[27] = 1; }},
  };
  ASSERT_TRUE(decode_cpu_record(long_mode(), policy()));
  for (const Case& one : cases) {
    hvm_hw_cpu record = long_mode();
    one.spoil(record);
    auto state = decode_cpu_record(record, policy());
    EXPECT_TRUE(state.failed()) << one.what;
    EXPECT_EQ(state.error(), state ? Error{} : XEN_EINVAL) << one.what;
  }
}

TEST(CpuRecord, DropsWhatRflagsDoesNotHave) {
  hvm_hw_cpu record = pvh_entry();
  record.rflags = ~u64{0};
  EXPECT_EQ(decode_cpu_record(record, policy())->registers.rflags, 0x3f7fd7u);
}

}  // namespace
}  // namespace xenolith::hvm
