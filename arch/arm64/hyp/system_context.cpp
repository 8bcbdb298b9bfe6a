// SPDX-License-Identifier: MIT
#include "arch/arm64/hyp/system_context.hpp"

#include "arch/arm64/cpu/registers.hpp"

namespace xenolith {
namespace {

// Registers of AArch32 exist where EL1 or EL0 can be that (ID_AA64PFR0_EL1).
bool has_aarch32() { return Bits<3, 0>::get(read_register(id_aa64pfr0_el1)) == 2; }

}  // namespace

void SystemContext::load() const {
  write_register(sp_el0, sp_el0);
  write_register(sp_el1, sp_el1);
  write_register(elr_el1, elr_el1);
  write_register(spsr_el1, spsr_el1);
  write_register(sctlr_el1, sctlr_el1);
  write_register(cpacr_el1, cpacr_el1);
  write_register(ttbr0_el1, ttbr0_el1);
  write_register(ttbr1_el1, ttbr1_el1);
  write_register(tcr_el1, tcr_el1);
  write_register(esr_el1, esr_el1);
  write_register(afsr0_el1, afsr0_el1);
  write_register(afsr1_el1, afsr1_el1);
  write_register(far_el1, far_el1);
  write_register(mair_el1, mair_el1);
  write_register(amair_el1, amair_el1);
  write_register(vbar_el1, vbar_el1);
  write_register(par_el1, par_el1);
  write_register(contextidr_el1, contextidr_el1);
  write_register(tpidr_el0, tpidr_el0);
  write_register(tpidrro_el0, tpidrro_el0);
  write_register(tpidr_el1, tpidr_el1);
  write_register(csselr_el1, csselr_el1);
  write_register(mdscr_el1, mdscr_el1);
  write_register(vmpidr_el2, vmpidr_el2);
  if (has_aarch32()) {
    write_register(dacr32_el2, dacr32_el2);
    write_register(ifsr32_el2, ifsr32_el2);
  }
}

void SystemContext::save() {
  sp_el0 = read_register(sp_el0);
  sp_el1 = read_register(sp_el1);
  elr_el1 = read_register(elr_el1);
  spsr_el1 = read_register(spsr_el1);
  sctlr_el1 = read_register(sctlr_el1);
  cpacr_el1 = read_register(cpacr_el1);
  ttbr0_el1 = read_register(ttbr0_el1);
  ttbr1_el1 = read_register(ttbr1_el1);
  tcr_el1 = read_register(tcr_el1);
  esr_el1 = read_register(esr_el1);
  afsr0_el1 = read_register(afsr0_el1);
  afsr1_el1 = read_register(afsr1_el1);
  far_el1 = read_register(far_el1);
  mair_el1 = read_register(mair_el1);
  amair_el1 = read_register(amair_el1);
  vbar_el1 = read_register(vbar_el1);
  par_el1 = read_register(par_el1);
  contextidr_el1 = read_register(contextidr_el1);
  tpidr_el0 = read_register(tpidr_el0);
  tpidrro_el0 = read_register(tpidrro_el0);
  tpidr_el1 = read_register(tpidr_el1);
  csselr_el1 = read_register(csselr_el1);
  mdscr_el1 = read_register(mdscr_el1);
  if (has_aarch32()) {
    dacr32_el2 = read_register(dacr32_el2);
    ifsr32_el2 = read_register(ifsr32_el2);
  }
}

}  // namespace xenolith
