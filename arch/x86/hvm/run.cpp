// SPDX-License-Identifier: MIT
// One stay of a vCPU in its guest: what is delivered before, and the exit after.
#include <arch/domain.hpp>
#include <arch/domain_state.hpp>
#include <arch/run.hpp>

#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/hvm/apic_delivery.hpp"
#include "arch/x86/hvm/exit_counts.hpp"
#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/extended_state.hpp"
#include "arch/x86/hvm/msr.hpp"
#include "arch/x86/hvm/nested_flush.hpp"
#include "arch/x86/time/time.hpp"
#include "core/domain/domain.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith {
namespace hvm {
namespace {

// The vector to be delivered now: the domain's callback first, as it needs no acknowledgement, then the local APIC's.
struct Candidate {
  u8 vector = 0;
  bool from_apic = false;
};
u8 pending_callback(Vcpu& vcpu, arch::VcpuState& state) {
  u8 callback = vcpu.domain().arch().callback_vector.load(std::memory_order_relaxed);
  return callback && !state.upcall_vector.load(std::memory_order_relaxed) && vcpu.upcall_pending() ? callback : u8{0};
}

void repeat_refused_upcall(Vcpu& vcpu, arch::VcpuState& state) {
  if (state.upcall_refused.load(std::memory_order_relaxed) && state.upcall_refused.exchange(false)) arch::event_upcall(vcpu);
}

Candidate next_interrupt(Vcpu& vcpu, arch::VcpuState& state) {
  if (u8 callback = pending_callback(vcpu, state)) return {callback, false};
  repeat_refused_upcall(vcpu, state);
  if (!state.apic.has_pending()) return {};
  if (std::optional<Vector> vector = state.apic.highest_pending()) return {vector->raw(), true};
  return {};
}

// True if an NMI is what the guest takes next.
bool deliver_nmi(arch::VcpuState& state) {
  if (!state.apic.has_nmi()) return false;
  VendorVcpu& hardware = *state.hardware;
  bool taken = hardware.can_take_nmi() && state.apic.acknowledge_nmi();
  hardware.set_nmi_window(!taken);
  if (taken) hardware.inject({.kind = Event::Kind::nmi, .vector = 2});
  return taken;
}

// Only the domain's callback is left to do; the hardware delivers nothing while the interrupt window is wanted.
void deliver_beside_hardware(Vcpu& vcpu, arch::VcpuState& state) {
  VendorVcpu& hardware = *state.hardware;
  bool has_nmi = deliver_nmi(state);
  u8 callback = pending_callback(vcpu, state);
  repeat_refused_upcall(vcpu, state);
  hand_over_interrupts(vcpu);
  bool can_take = callback && !has_nmi && hardware.can_take_interrupt(state.registers.rflags);
  if (can_take) hardware.inject({.kind = Event::Kind::interrupt, .vector = callback});
  hardware.set_interrupt_window(callback && !can_take);
}

void deliver_pending(Vcpu& vcpu, arch::VcpuState& state) {
  VendorVcpu& hardware = *state.hardware;
  if (deliver_nmi(state)) return;
  Candidate candidate = next_interrupt(vcpu, state);
  if (candidate.vector == 0) return hardware.set_interrupt_window(false);
  if (!hardware.can_take_interrupt(state.registers.rflags)) return hardware.set_interrupt_window(true);
  if (candidate.from_apic) state.apic.acknowledge(Vector{candidate.vector});
  hardware.inject({.kind = Event::Kind::interrupt, .vector = candidate.vector});
  hardware.set_interrupt_window(next_interrupt(vcpu, state).vector != 0);
}

}  // namespace

// Breakpoint addresses stay in the registers while the guest runs; the hardware switches DR6 and DR7.
static void load_debug_addresses(const std::array<u64, 4>& from) {
  asm volatile("mov %0, %%dr0; mov %1, %%dr1; mov %2, %%dr2; mov %3, %%dr3" ::"r"(from[0]), "r"(from[1]), "r"(from[2]),
               "r"(from[3]));
}
static void save_debug_addresses(std::array<u64, 4>& to) {
  asm volatile("mov %%dr0, %0; mov %%dr1, %1; mov %%dr2, %2; mov %%dr3, %3"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3]));
}

bool has_deliverable_interrupt(Vcpu& vcpu) {
  arch::VcpuState& state = vcpu.arch();
  return state.apic.has_nmi() || next_interrupt(vcpu, state).vector != 0;
}

}  // namespace hvm

bool arch::run_vcpu(Vcpu& vcpu) {
  VcpuState& state = vcpu.arch();
  if (state.apic.has_pending()) state.apic.service();
  if (!vcpu.is_runnable()) run_work_soon(Work::schedule);  // INIT took it down
  arch::disable_interrupts();
  if (work_is_pending()) {
    arch::enable_interrupts();
    return false;
  }
  // First the mark that it is inside, then the look at what is pending: who makes something pending does it the other way round, and
  // one of the two sees the other.
  hvm::note_entry(vcpu);
  if (state.apic_page) hvm::deliver_beside_hardware(vcpu, state);
  else hvm::deliver_pending(vcpu, state);
  hvm::Exit exit = state.hardware->run(state.registers);
  hvm::note_exit(vcpu);
  if (state.apic_page) hvm::take_back_interrupts(vcpu);
  hvm::count_exit(exit.reason);
  arch::enable_interrupts();
  hvm::handle_exit(vcpu, exit);
  return !work_is_pending();
}

void arch::load_vcpu(Vcpu& vcpu) {
  this_cpu_block().current = &vcpu;
  speculation::switch_to(vcpu.arch().speculation_state);
  hvm::load_extended_state(vcpu);
  update_vcpu_time(vcpu);
  hvm::load_msrs(vcpu);
  hvm::load_debug_addresses(vcpu.arch().debug_addresses);
  vcpu.arch().hardware->load();
}

void arch::save_vcpu(Vcpu& vcpu) {
  vcpu.arch().hardware->save();
  hvm::save_extended_state(vcpu);
  hvm::save_debug_addresses(vcpu.arch().debug_addresses);
}

void arch::interrupt_vcpu(Vcpu& vcpu) {
  if (!vcpu.arch().in_guest.load(std::memory_order_seq_cst)) return;  // it looks for itself before it enters
  if (vcpu.run().cpu() != this_cpu()) poke_cpu(vcpu.run().cpu());
}

void arch::event_upcall(Vcpu& vcpu) {
  u8 vector = vcpu.arch().upcall_vector.load(std::memory_order_relaxed);
  if (vector && !vcpu.arch().apic.accept(Vector{vector})) vcpu.arch().upcall_refused.store(true, std::memory_order_release);
}

}  // namespace xenolith
