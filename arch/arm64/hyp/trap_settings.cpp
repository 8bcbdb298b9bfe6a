// SPDX-License-Identifier: MIT
#include "arch/arm64/hyp/trap_settings.hpp"

#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/hyp/stage2.hpp"

namespace xenolith::trap_settings {
namespace {

// ARM Architecture Reference Manual, "HCR_EL2, Hypervisor Configuration Register".
namespace hcr {
constexpr u64 stage2 = bit(0), invalidate_cleans = bit(1), protected_walks = bit(2), fiq = bit(3), irq = bit(4), serror = bit(5);
constexpr u64 broadcast = bit(9), barrier_inner_shareable = 1 << 10, wfi = bit(13), wfe = bit(14), id_registers = bit(18);
constexpr u64 smc = bit(19), implementation_defined = bit(20), auxiliary_control = bit(21), set_way = bit(22), aarch64 = bit(31);
constexpr u64 always = invalidate_cleans | protected_walks | fiq | irq | serror | broadcast | barrier_inner_shareable | wfi | wfe |
                       id_registers | smc | implementation_defined | auxiliary_control | set_way | aarch64;
}  // namespace hcr

// "CPTR_EL2": bits that are one, the trace registers (TTA) and SVE (TZ) trapped; vector registers are the guest's.
constexpr u64 cptr_reserved = 0x32ff, cptr_trace = bit(20), cptr_sve = bit(8);
// "MDCR_EL2": the performance monitors, the OS lock, the debug ROM and debug registers are trapped.
constexpr u64 mdcr_monitors = bit(5) | bit(6), mdcr_debug = bit(9) | bit(10) | bit(11);

}  // namespace

void set_up_this_cpu() {
  write_register(vtcr_el2, stage2::control_register());
  write_register(cptr_el2, cptr_reserved | cptr_trace | cptr_sve);
  u64 counters = read_register(mdcr_el2) & 0x1f;  // HPMN
  write_register(mdcr_el2, mdcr_monitors | mdcr_debug | counters);
  write_register(hstr_el2, 0);
  write_register(vpidr_el2, read_register(midr_el1));
  write_register(vttbr_el2, 0);
  disable();
  synchronise_context();
}

void enable() { write_register(hcr_el2, hcr::always | hcr::stage2); }
void disable() { write_register(hcr_el2, hcr::always); }

}  // namespace xenolith::trap_settings
