// SPDX-License-Identifier: MIT
// One stay of a vCPU in its guest, and what lives in registers of the CPU while it is dispatched.
#include <arch/domain.hpp>
#include <arch/domain_state.hpp>
#include <arch/run.hpp>

#include "arch/arm64/cpu/cpu_block.hpp"
#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/hyp/exits.hpp"
#include "arch/arm64/hyp/held_page.hpp"
#include "arch/arm64/hyp/stage2.hpp"
#include "arch/arm64/hyp/trap_settings.hpp"
#include "core/domain/domain.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith {
namespace {

// Guests flush some translations on one CPU only, taking it for a vCPU of their own: what another vCPU of the domain left here goes.
void forget_other_vcpu(Vcpu& vcpu) {
  std::atomic<u16>& last = vcpu.domain().arch().last_vcpu[arch::this_cpu().raw()];
  u16 mark = static_cast<u16>(vcpu.id().raw() + 1);
  if (last.exchange(mark, std::memory_order_relaxed) == mark) return;
  asm volatile("tlbi vmalle1; ic iallu; dsb nsh; isb" ::: "memory");
}

}  // namespace

bool arch::run_vcpu(Vcpu& vcpu) {
  VcpuState& state = vcpu.arch();
  arch::disable_interrupts();
  if (work_is_pending()) {
    arch::enable_interrupts();
    return false;
  }
  // Pairs with interrupt_vcpu(): whoever has news either finds it set, or the news are seen below.
  state.in_guest.store(true, std::memory_order_seq_cst);
  state.interrupts.before_entry();
  ExitKind kind = enter_guest(&state.registers);
  ExitDetails details = read_exit_details();
  state.interrupts.after_exit();
  state.in_guest.store(false, std::memory_order_release);
  arch::enable_interrupts();
  handle_exit(vcpu, kind, details);
  release_held_page();
  return true;
}

void arch::load_vcpu(Vcpu& vcpu) {
  VcpuState& state = vcpu.arch();
  InterruptsOff off;
  this_cpu_block().current = &vcpu;
  write_register(vttbr_el2, stage2::base_register(vcpu.domain()));
  trap_settings::enable();
  synchronise_context();
  state.system.load();
  load_floating_point(&state.floating_point);
  forget_other_vcpu(vcpu);
  state.timer.load();
  vcpu.domain().arch().gic().load(vcpu.id().raw());
}

void arch::save_vcpu(Vcpu& vcpu) {
  VcpuState& state = vcpu.arch();
  release_held_page();
  InterruptsOff off;
  vcpu.domain().arch().gic().save(vcpu.id().raw());
  state.timer.save();
  state.system.save();
  save_floating_point(&state.floating_point);
  trap_settings::disable();
  write_register(vttbr_el2, 0);
  synchronise_context();
}

void arch::interrupt_vcpu(Vcpu& vcpu) {
  if (!vcpu.arch().in_guest.load(std::memory_order_seq_cst)) return;  // it looks for itself before it enters
  if (vcpu.run().cpu() != this_cpu()) poke_cpu(vcpu.run().cpu());
}

void arch::event_upcall(Vcpu& vcpu) { vcpu.domain().arch().gic().raise_event(vcpu.id().raw()); }

}  // namespace xenolith
