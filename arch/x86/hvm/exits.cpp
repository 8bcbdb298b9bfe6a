// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/exits.hpp"

#include <arch/domain.hpp>
#include <arch/domain_state.hpp>

#include <array>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/apic_delivery.hpp"
#include "arch/x86/hvm/guest_walk.hpp"
#include "core/domain/domain.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/dispatcher.hpp"

namespace xenolith::hvm {
namespace {

void handle_hlt(Vcpu& vcpu, const Exit& exit) {
  if (!skip_instruction(vcpu, exit, ExitKind::hlt)) return;
  arch::VcpuState& state = vcpu.arch();
  if (!(state.registers.rflags & rflags::interrupt) && !state.apic.has_nmi()) {
    // Nothing but INIT and a start-up message can wake it: it is offline.
    state.apic.set_waiting_for_startup(true);
    vcpu.stop(Vcpu::down);
    if (!state.apic.is_waiting_for_startup()) vcpu.resume(Vcpu::down);  // started between the two
    else vcpu.domain().note_vcpu_down();
    return run_work_soon(Work::schedule);
  }
  vcpu.stop(Vcpu::blocked);
  // pairs with the order in raise_upcall() and accept(): first the event, then the look at `blocked`
  if (has_deliverable_interrupt(vcpu)) vcpu.resume(Vcpu::blocked);
  run_work_soon(Work::schedule);
}

void handle_exception(Vcpu& vcpu, const Exit& exit) {
  constexpr u8 debug = 1;
  Event event{.kind = Event::Kind::exception, .vector = exit.vector, .has_error = exit.has_error, .error = exit.error};
  if (exit.vector == debug) event.has_error = false;
  vcpu.arch().hardware->inject(event);
}

template <ExitKind kind>
void skip(Vcpu& vcpu, const Exit& exit) {
  static_cast<void>(skip_instruction(vcpu, exit, kind));
}

void handle_wbinvd(Vcpu& vcpu, const Exit& exit) {
  if (skip_instruction(vcpu, exit, ExitKind::wbinvd) && vcpu.domain().is_hardware()) asm volatile("wbinvd" ::: "memory");
}

void refuse(Vcpu& vcpu, const Exit&) { inject_invalid_opcode(vcpu); }
void refuse_privileged(Vcpu& vcpu, const Exit&) { inject_general_protection(vcpu); }
void nothing(Vcpu&, const Exit&) {}
void handle_pause(Vcpu& vcpu, const Exit& exit) {
  if (skip_instruction(vcpu, exit, ExitKind::pause)) Dispatcher::yield();
}

void handle_host_nmi(Vcpu&, const Exit&) { asm volatile("int $2"); }

// What a machine takes for a reset; the toolstack may choose what it is for a guest.
void handle_shutdown(Vcpu& vcpu, const Exit&) {
  Domain& domain = vcpu.domain();
  if (domain.is_hardware()) return domain.crash(&vcpu, "d{} v{}: triple fault", domain.id(), vcpu.id());
  u64 reason = domain.hvm_params[HVM_PARAM_TRIPLE_FAULT_REASON].load(std::memory_order_relaxed);
  log_error("d{} v{}: triple fault, which ends the domain with reason {}", domain.id(), vcpu.id(), reason);
  arch::dump_vcpu(vcpu);
  domain.shut_down(static_cast<u8>(reason));
}
void handle_invalid_state(Vcpu& vcpu, const Exit& exit) {
  vcpu.domain().crash(&vcpu, "d{} v{}: the processor refuses the guest's state (exit code {:#x})", vcpu.domain().id(),
                      vcpu.id(), exit.code);
}
void handle_unknown(Vcpu& vcpu, const Exit& exit) {
  vcpu.domain().crash(&vcpu, "d{} v{}: unexpected exit, code {:#x}", vcpu.domain().id(), vcpu.id(), exit.code);
}

struct Row {
  ExitReason reason;
  void (*handler)(Vcpu&, const Exit&);
};
constexpr Row rows[] = {
    {ExitReason::interrupt, nothing},
    {ExitReason::nmi, handle_host_nmi},
    {ExitReason::interrupt_window, nothing},
    {ExitReason::exception, handle_exception},
    {ExitReason::nested_fault, handle_nested_fault},
    {ExitReason::cpuid, handle_cpuid},
    {ExitReason::hypercall, handle_hypercall},
    {ExitReason::rdmsr, handle_rdmsr},
    {ExitReason::wrmsr, handle_wrmsr},
    {ExitReason::hlt, handle_hlt},
    {ExitReason::xsetbv, handle_xsetbv},
    {ExitReason::invd, skip<ExitKind::invd>},
    {ExitReason::wbinvd, handle_wbinvd},
    {ExitReason::monitor, refuse},
    {ExitReason::mwait, refuse},
    {ExitReason::pause, handle_pause},
    {ExitReason::rdpmc, refuse_privileged},
    {ExitReason::rdtsc, handle_rdtsc},
    {ExitReason::rdtscp, handle_rdtscp},
    {ExitReason::rsm, refuse},
    {ExitReason::icebp, refuse},
    {ExitReason::invlpg, skip<ExitKind::invlpg>},
    {ExitReason::io, handle_io},
    {ExitReason::control_register, handle_control_register},
    {ExitReason::debug_register, handle_unknown},
    {ExitReason::descriptor_table, handle_unknown},
    {ExitReason::virtualisation_instruction, refuse},
    {ExitReason::task_switch, handle_unknown},
    {ExitReason::shutdown, handle_shutdown},
    {ExitReason::invalid_state, handle_invalid_state},
    {ExitReason::machine_check, handle_unknown},
    {ExitReason::end_of_interrupt, handle_end_of_interrupt},
    {ExitReason::apic_write, handle_apic_write},
    {ExitReason::unknown, handle_unknown},
};
constexpr bool rows_are_in_order() {
  for (unsigned i = 0; i < std::size(rows); ++i)
    if (static_cast<unsigned>(rows[i].reason) != i) return false;
  return std::size(rows) == static_cast<unsigned>(ExitReason::unknown) + 1;
}
static_assert(rows_are_in_order());

}  // namespace

void handle_exit(Vcpu& vcpu, const Exit& exit) { rows[static_cast<unsigned>(exit.reason)].handler(vcpu, exit); }

std::optional<Instruction> fetch_exit_instruction(Vcpu& vcpu, ExitKind kind) {
  std::array<u8, max_instruction_length> bytes;
  size_t count = fetch_instruction_bytes(vcpu, bytes);
  return exit_instruction(kind, std::span{bytes}.first(count), code_size(*vcpu.arch().hardware));
}

bool skip_instruction(Vcpu& vcpu, const Exit& exit, ExitKind kind) {
  unsigned length = exit.instruction_length;
  if (length == 0) {
    std::array<u8, max_instruction_length> bytes;
    size_t count = fetch_instruction_bytes(vcpu, bytes);
    auto decoded = exit_instruction_length(kind, std::span{bytes}.first(count), vcpu.arch().hardware->code_size());
    if (!decoded) return false;
    length = *decoded;
  }
  advance(vcpu, length);
  return true;
}

void advance(Vcpu& vcpu, unsigned length) {
  arch::VcpuState& state = vcpu.arch();
  state.registers.rip += length;
  if (state.hardware->code_size() != CodeSize::bits64) state.registers.rip &= 0xffffffff;
  state.registers.rflags &= ~rflags::rf;
  state.hardware->end_interrupt_shadow();
}

void inject_exception(Vcpu& vcpu, u8 vector, std::optional<u32> error) {
  vcpu.arch().hardware->inject({.kind = Event::Kind::exception,
                                .vector = vector,
                                .has_error = error.has_value(),
                                .error = error.value_or(0)});
}
void inject_general_protection(Vcpu& vcpu) { inject_exception(vcpu, 13, 0); }
void inject_invalid_opcode(Vcpu& vcpu) { inject_exception(vcpu, 6); }
void inject_page_fault(Vcpu& vcpu, GuestVirtual address, u32 error) {
  vcpu.arch().hardware->set_cr2(address.raw());
  inject_exception(vcpu, 14, error);
}

}  // namespace xenolith::hvm
