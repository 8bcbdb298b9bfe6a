// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/msr_rules.hpp"

#include "arch/x86/cpu/registers.hpp"

namespace xenolith::hvm {
namespace {

bool is_page_attribute_table(u64 value) {
  for (unsigned i = 0; i < 8; ++i) {
    u64 type = value >> (8 * i) & 0xff;
    if (type > 7 || type == 2 || type == 3) return false;
  }
  return true;
}

}  // namespace

bool is_valid_msr_value(u32 number, u64 value) {
  switch (Msr{number}) {
    case Msr::lstar:
    case Msr::cstar:
    case Msr::fs_base:
    case Msr::gs_base:
    case Msr::kernel_gs_base:
    case Msr::sysenter_esp:
    case Msr::sysenter_eip: return is_canonical(value);
    case Msr::sysenter_cs:
    case Msr::syscall_mask: return value >> 32 == 0;
    case Msr::pat: return is_page_attribute_table(value);
    case Msr::debug_control: {
      constexpr u64 last_branch = 1, single_step_branches = 2;
      return !(value & ~(last_branch | single_step_branches));
    }
    default: return true;
  }
}

}  // namespace xenolith::hvm
