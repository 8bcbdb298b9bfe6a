// SPDX-License-Identifier: MIT
// The system registers of EL1 and EL0 that a guest uses freely: they stay in the processor while its vCPU is dispatched.
#pragma once

#include <array>

#include "core/base/types.hpp"

namespace xenolith {

struct SystemContext {
  u64 sp_el0 = 0, sp_el1 = 0, elr_el1 = 0, spsr_el1 = 0;
  u64 sctlr_el1 = sctlr_at_start, cpacr_el1 = 0, ttbr0_el1 = 0, ttbr1_el1 = 0, tcr_el1 = 0;
  u64 esr_el1 = 0, afsr0_el1 = 0, afsr1_el1 = 0, far_el1 = 0, mair_el1 = 0, amair_el1 = 0, vbar_el1 = 0, par_el1 = 0;
  u64 contextidr_el1 = 0, tpidr_el0 = 0, tpidrro_el0 = 0, tpidr_el1 = 0, csselr_el1 = 0, mdscr_el1 = 0;
  u64 vmpidr_el2 = 0;
  // AArch32
  u64 dacr32_el2 = 0, ifsr32_el2 = 0;

  // MMU, caches and alignment checks off; the bits that are one (ARM Architecture Reference Manual, "SCTLR_EL1").
  static constexpr u64 sctlr_at_start = 0x30d0'0800;

  void load() const;
  void save();
};

struct alignas(16) FloatingPointContext {
  std::array<u64, 64> q{};
  u64 fpcr = 0, fpsr = 0;
};
extern "C" void load_floating_point(const FloatingPointContext* from);
extern "C" void save_floating_point(FloatingPointContext* to);

}  // namespace xenolith
