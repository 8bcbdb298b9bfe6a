// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/mtrr.hpp"

#include "core/base/bits.hpp"

namespace xenolith::hvm {
namespace {

constexpr u64 capabilities = Mtrrs::variable_ranges | bit(8) /* fixed ranges */ | bit(10) /* write combining */;

constexpr bool is_type(u64 type) { return type == 0 || type == 1 || (type >= 4 && type <= 6); }

bool are_types(u64 value) {
  for (unsigned i = 0; i < 8; ++i)
    if (!is_type(value >> (8 * i) & 0xff)) return false;
  return true;
}

// Base: type in 7:0. Mask: valid in 11. Both: the address from bit 12 up.
bool is_variable(u32 number, u64 value, unsigned physical_bits) {
  u64 address = ((u64{1} << physical_bits) - 1) & ~u64{0xfff};
  bool is_mask = number & 1;
  if (value & ~(address | (is_mask ? bit(11) : 0xff))) return false;
  return is_mask || is_type(value & 0xff);
}

}  // namespace

u64 Mtrrs::read(u32 number) const {
  if (number == msr_capabilities) return capabilities;
  if (number == msr_default_type) return default_type_;
  if (unsigned index = fixed_index(number); index < fixed_registers) return fixed_[index];
  unsigned index = number - msr_variable_first;
  return index < variable_.size() ? variable_[index] : 0;
}

Result<void> Mtrrs::write(u32 number, u64 value, unsigned physical_bits) {
  if (number == msr_capabilities) return Failure{XEN_EINVAL};
  if (number == msr_default_type) {
    if ((value & ~(u64{0xff} | enable | enable_fixed)) || !is_type(value & 0xff)) return Failure{XEN_EINVAL};
    default_type_ = value;
    return {};
  }
  if (unsigned index = fixed_index(number); index < fixed_registers) {
    if (!are_types(value)) return Failure{XEN_EINVAL};
    fixed_[index] = value;
    return {};
  }
  unsigned index = number - msr_variable_first;
  if (index >= variable_.size() || !is_variable(number, value, physical_bits)) return Failure{XEN_EINVAL};
  variable_[index] = value;
  return {};
}

}  // namespace xenolith::hvm
