// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/msr_constants.hpp"

#include "core/base/bits.hpp"

namespace xenolith::hvm {
namespace {

enum class Of : u8 { all, amd, intel };

struct Row {
  u32 first, last;
  Of vendor;
  u64 value;
  bool writable;
};

constexpr u64 feature_control_locked = bit(0);
constexpr u64 tsc_counts_at_p0 = bit(24);
constexpr u64 misc_enable = bit(0) | bit(11) | bit(12);  // fast strings; neither BTS nor PEBS
constexpr u64 lfence_serialises = bit(1);

constexpr Row rows[] = {
    {0x00000000, 0x00000001, Of::intel, 0, true},           // P5_MC_ADDR, P5_MC_TYPE
    {0x00000017, 0x00000017, Of::intel, 0, false},          // PLATFORM_ID
    {0x0000002a, 0x0000002a, Of::intel, 0, true},           // EBL_CR_POWERON
    {0x0000003a, 0x0000003a, Of::intel, feature_control_locked, false},  // FEATURE_CONTROL: no VMX
    {0x000000ce, 0x000000ce, Of::intel, 0, false},          // PLATFORM_INFO
    {0x00000140, 0x00000140, Of::intel, 0, true},           // MISC_FEATURES_ENABLES
    {0x00000179, 0x00000179, Of::all, 0, false},            // MCG_CAP: no banks
    {0x0000017a, 0x0000017b, Of::all, 0, true},             // MCG_STATUS, MCG_CTL
    {0x00000198, 0x00000199, Of::intel, 0, true},           // PERF_STATUS, PERF_CTL
    {0x000001a0, 0x000001a0, Of::intel, misc_enable, true},  // MISC_ENABLE
    {0xc0010010, 0xc0010010, Of::amd, 0, true},             // SYSCFG
    {0xc0010015, 0xc0010015, Of::amd, tsc_counts_at_p0, true},  // HWCR
    {0xc0010016, 0xc0010019, Of::amd, 0, true},             // IORR
    {0xc001001a, 0xc001001a, Of::amd, 0, false},            // TOP_MEM
    {0xc001001d, 0xc001001d, Of::amd, 0, false},            // TOP_MEM2
    {0xc001001f, 0xc001001f, Of::amd, 0, true},             // NB_CFG
    {0xc0010020, 0xc0010020, Of::amd, 0, true},             // PATCH_LOADER: microcode is the hypervisor's
    {0xc0010055, 0xc0010055, Of::amd, 0, true},             // INTERRUPT_PENDING
    {0xc0010114, 0xc0010114, Of::amd, bit(4) | bit(3), true},  // VM_CR: SVM disabled, locked
    {0xc0011020, 0xc0011020, Of::amd, 0, true},             // LS_CFG
    {0xc0011022, 0xc0011022, Of::amd, 0, true},             // DC_CFG
    {0xc0011029, 0xc0011029, Of::amd, lfence_serialises, true},  // DE_CFG
    {0xc001102a, 0xc001102a, Of::amd, 0, true},             // BU_CFG2
};

constexpr bool applies(Of vendor, bool is_amd) { return vendor == Of::all || (vendor == Of::amd) == is_amd; }

}  // namespace

std::optional<ConstantMsr> constant_msr(u32 number, bool is_amd) {
  for (const Row& row : rows)
    if (number >= row.first && number <= row.last && applies(row.vendor, is_amd))
      return ConstantMsr{row.value, row.writable};
  return std::nullopt;
}

}  // namespace xenolith::hvm
