// SPDX-License-Identifier: MIT
// MSRs that belong to the running guest and that VMX does not switch: they are in the registers while a vCPU is loaded, which the
// hypervisor itself has no use for.
#pragma once

#include <array>
#include <optional>

#include "arch/x86/cpu/registers.hpp"

namespace xenolith::vmx {

class SwitchedMsrs {
 public:
  static constexpr Msr numbers[] = {Msr::kernel_gs_base, Msr::star, Msr::lstar, Msr::cstar, Msr::syscall_mask};
  static constexpr std::optional<unsigned> index_of(u32 number) {
    for (unsigned i = 0; i < std::size(numbers); ++i)
      if (number == static_cast<u32>(numbers[i])) return i;
    return std::nullopt;
  }

  void load() const {
    for (unsigned i = 0; i < std::size(numbers); ++i) write_msr(numbers[i], values_[i]);
  }
  void save() {
    for (unsigned i = 0; i < std::size(numbers); ++i) values_[i] = read_msr(numbers[i]);
  }
  u64 kept(unsigned index) const { return values_[index]; }
  void keep(unsigned index, u64 value) { values_[index] = value; }

 private:
  std::array<u64, std::size(numbers)> values_{};
};

}  // namespace xenolith::vmx
