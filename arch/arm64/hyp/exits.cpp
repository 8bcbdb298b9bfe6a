// SPDX-License-Identifier: MIT
#include "arch/arm64/hyp/exits.hpp"

#include <arch/control.hpp>
#include <arch/domain_state.hpp>

#include <array>

#include "arch/arm64/cpu/registers.hpp"
#include "core/base/log.hpp"
#include "core/domain/domain.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/dispatcher.hpp"

namespace xenolith {
namespace {

// WFI stops the vCPU until it has an interrupt; WFE, in a loop that waits for another vCPU, lets others run.
void handle_wait(Vcpu& vcpu, const ExitDetails& details) {
  constexpr u64 is_wfe = 1;
  vcpu.arch().registers.skip(details.is_16_bit_instruction());
  if (details.syndrome & is_wfe) return Dispatcher::yield();
  vcpu.stop(Vcpu::blocked);
  // pairs with the order in raise_upcall() and in the virtual GIC: first the interrupt, then the look at `blocked`
  if (arch::has_deliverable_interrupt(vcpu)) vcpu.resume(Vcpu::blocked);
  run_work_soon(Work::schedule);
}

// HVC leaves the address of the next instruction. Its number tells the calls of Xen's interface from those of firmware.
void handle_hvc(Vcpu& vcpu, const ExitDetails& details) {
  constexpr u64 xen_number = XEN_HYPERCALL_TAG;
  if (Bits<15, 0>::get(details.syndrome) == xen_number) return handle_hypercall(vcpu, details);
  if (Bits<15, 0>::get(details.syndrome) == 0) return handle_firmware_call(vcpu);
  vcpu.arch().registers.pc -= 4;
  inject_undefined(vcpu);
}

// SMC leaves its own address.
void handle_smc(Vcpu& vcpu, const ExitDetails&) {
  vcpu.arch().registers.skip();
  handle_firmware_call(vcpu);
}

void refuse(Vcpu& vcpu, const ExitDetails&) { inject_undefined(vcpu); }

void crash(Vcpu& vcpu, const ExitDetails& details) {
  vcpu.domain().crash(&vcpu, "d{}v{}: unexpected exit, syndrome {:#x} (class {:#x}), address {:#x}", vcpu.domain().id(), vcpu.id(),
                      details.syndrome, details.exception_class(), details.fault_address);
}

[[gnu::noinline]] void handle_asynchronous_error(Vcpu& vcpu, const ExitDetails& details) {
  log_warning("d{}v{}: SError, syndrome {:#x}", vcpu.domain().id(), vcpu.id(), details.syndrome);
  vcpu.domain().crash(&vcpu, "d{}: an asynchronous error hit its vCPU {}", vcpu.domain().id(), vcpu.id());
}

struct Row {
  unsigned exception_class;
  void (*handler)(Vcpu&, const ExitDetails&);
};
constexpr unsigned class_hvc = 0x16;
// Exception classes: ARM Architecture Reference Manual, "ESR_EL2, Exception Syndrome Register".
constexpr Row rows[] = {
    {0x00, refuse},            // unknown reason
    {0x01, handle_wait},       // WFI, WFE
    {0x03, refuse},            // MCR, MRC, MCRR, MRRC, LDC, STC of 32-bit processes
    {0x04, refuse},
    {0x05, refuse},
    {0x06, refuse},
    {0x07, refuse},            // SVE, SIMD, floating point
    {0x08, refuse},            // VMRS
    {0x09, refuse},            // pointer authentication
    {0x0a, refuse},            // loads and stores of 64 bytes
    {0x0c, refuse},            // MRRC
    {0x0e, crash},             // illegal execution state
    {class_hvc, handle_hvc},
    {0x17, handle_smc},
    {0x18, handle_system_register},
    {0x19, refuse},            // SVE
    {0x1a, refuse},            // ERET
    {0x1d, refuse},            // SME
    {0x20, handle_instruction_abort},
    {0x24, handle_data_abort},
};

constexpr unsigned classes = 64;
constexpr std::array<decltype(Row::handler), classes> handlers = [] {
  std::array<decltype(Row::handler), classes> made{};
  made.fill(crash);
  for (const Row& row : rows) made[row.exception_class] = row.handler;
  return made;
}();

}  // namespace

ExitDetails read_exit_details() {
  return {read_register(esr_el2), read_register(far_el2), read_register(hpfar_el2)};
}

void handle_exit(Vcpu& vcpu, ExitKind kind, const ExitDetails& details) {
  if (kind != ExitKind::synchronous) {  // interrupts were taken when they were enabled
    if (kind == ExitKind::serror) handle_asynchronous_error(vcpu, details);
    return;
  }
  if (details.exception_class() == class_hvc) [[likely]] return handle_hvc(vcpu, details);
  handlers[details.exception_class() % classes](vcpu, details);
}

}  // namespace xenolith
