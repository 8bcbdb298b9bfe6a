// SPDX-License-Identifier: MIT
// Mtrrs: the memory type range registers of one vCPU. Kept for the guest to read; the memory types in force are the
// guest's page attributes and the machine's own range registers.
// Source: Intel SDM volume 3, section 12.11 "Memory Type Range Registers (MTRRs)".
#pragma once

#include <array>

#include "core/base/result.hpp"

namespace xenolith::hvm {

class Mtrrs {
 public:
  static constexpr unsigned variable_ranges = 8, fixed_registers = 11;
  static constexpr u32 msr_capabilities = 0xfe, msr_default_type = 0x2ff, msr_variable_first = 0x200;
  static constexpr u32 msr_variable_last = msr_variable_first + 2 * variable_ranges - 1;

  static constexpr bool handles_msr(u32 number) {
    return number == msr_capabilities || number == msr_default_type ||
           (number >= msr_variable_first && number <= msr_variable_last) || fixed_index(number) < fixed_registers;
  }

  // MSRs for which handles_msr() is true. Writing fails with EINVAL (#GP): reserved bits, no such type, read-only.
  u64 read(u32 number) const;
  Result<void> write(u32 number, u64 value, unsigned physical_bits);

 private:
  static constexpr u64 write_back = 6, enable = 1u << 11, enable_fixed = 1u << 10;

  // fixed_registers for other MSRs.
  static constexpr unsigned fixed_index(u32 number) {
    if (number == 0x250) return 0;
    if (number == 0x258 || number == 0x259) return number - 0x258 + 1;
    if (number >= 0x268 && number <= 0x26f) return number - 0x268 + 3;
    return fixed_registers;
  }

  // All memory is write-back, so that a kernel that was started without firmware finds sense.
  u64 default_type_ = enable | write_back;
  std::array<u64, 2 * variable_ranges> variable_{};
  std::array<u64, fixed_registers> fixed_{};
};

}  // namespace xenolith::hvm
