// SPDX-License-Identifier: MIT
// One stay in the guest.
#include <arch/domain_state.hpp>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/guest_walk.hpp"
#include "arch/x86/speculation/speculation.hpp"
#include "arch/x86/vmx/vmx.hpp"
#include "arch/x86/vmx/vmx_vcpu.hpp"
#include "core/base/log.hpp"
#include "core/domain/domain.hpp"

// Returns when the guest has left (0), or if it was not entered (a vmx::Status). Interrupts are off.
extern "C" xenolith::u64 vmx_enter(xenolith::u64* gpr, bool launch);

namespace xenolith::vmx {
namespace {
constexpr u32 vpid_limit = 0x10000;

unsigned physical_bits() {
  static const unsigned bits = cpuid(0x80000008).eax & 0xff;
  return bits;
}

void check(Status status, const char* what) {
  if (status != Status::succeeded) [[unlikely]] panic("VMX: {} failed, so that translations may be stale", what);
}
}  // namespace

// A new number has no translations of its own. INVEPT drops those of all numbers that were made with the domain's tables
// (Intel SDM volume 3C, section 29.4.3 "Invalidating Cached Translation Information"), so that it stands for INVVPID, too.
void VmxVcpu::flush_translations() {
  const Capabilities& have = capabilities();
  auto type = [](FlushScope scope) { return scope == FlushScope::single ? InvalidationType::single_context : InvalidationType::all_contexts; };
  if (have.vpid) {
    u32 before = tag_.number();
    if (tag_.renew(vpid_limit) == hvm::TagState::fresh_and_flush_all) check(invvpid(InvalidationType::all_contexts, {0}), "INVVPID");
    if (tag_.number() != before) vmcs_.write(Field16::vpid, static_cast<u16>(tag_.number()));
    else if (flush_own_ && !flush_nested_) check(invvpid(type(have.vpid_flush), {tag_.number()}), "INVVPID");
  }
  if (flush_nested_) check(invept(type(have.ept_flush), {ept_pointer_}), "INVEPT");
  flush_own_ = flush_nested_ = false;
}

// With PAE paging the processor does not read the page-directory pointers from memory on entry: a change of the mode that was emulated
// has to load them (Intel SDM volume 3C, section 27.3.2.4 "Loading Page-Directory-Pointer-Table Entries").
void VmxVcpu::write_page_pointers() {
  page_pointers_stale_ = false;
  if (!(cr0_ & cr0::pg) || !(cr4_ & cr4::pae) || (efer_ & efer::lma)) return;
  std::array<u64, 4> entries{};
  GuestPhysical table{vmcs_.read(FieldNatural::guest_cr3) & 0xffffffe0};
  static_cast<void>(hvm::read_physical(vcpu_, table, std::as_writable_bytes(std::span{entries})));  // else: not present
  for (u32 i = 0; i < entries.size(); ++i)
    vmcs_.write(static_cast<Field64>(static_cast<u32>(Field64::guest_pdpte0) + 2 * i),
                usable_page_pointer(entries[i], physical_bits()));
}

void VmxVcpu::write_entry_state(const GuestRegisters& registers) {
  vmcs_.write(FieldNatural::guest_rip, registers.rip);
  vmcs_.write(FieldNatural::guest_rsp, registers.rsp());
  vmcs_.write(FieldNatural::guest_rflags, registers.rflags);
  if (primary_ != primary_written_) vmcs_.write(Field32::primary_controls, primary_written_ = primary_);
  if (blocking_ & blocking::shadow) {
    u64 pending = vmcs_.read(FieldNatural::guest_pending_debug);
    u64 debug_control = vmcs_.read(Field64::guest_debug_control);
    vmcs_.write(FieldNatural::guest_pending_debug, consistent_pending_debug(pending, registers.rflags, debug_control, blocking_));
  }
  if (blocking_ != blocking_written_) vmcs_.write(Field32::guest_interruptibility, blocking_written_ = blocking_);
  if (!event_) return;
  vmcs_.write(Field32::entry_event, event_);
  if (EventInformation::HasError::get(event_)) vmcs_.write(Field32::entry_event_error, event_error_);
}

void VmxVcpu::read_exit_state(GuestRegisters& registers) {
  registers.rip = vmcs_.read(FieldNatural::guest_rip);
  registers.set_rsp(vmcs_.read(FieldNatural::guest_rsp));
  registers.rflags = vmcs_.read(FieldNatural::guest_rflags);
  blocking_ = blocking_written_ = vmcs_.read(Field32::guest_interruptibility);
  if (!capabilities().virtual_apic) return;
  u16 status = vmcs_.read(Field16::guest_interrupt_status);
  interrupts_ = {.requested = static_cast<u8>(status), .in_service = static_cast<u8>(status >> 8)};
}

hvm::Exit VmxVcpu::run(GuestRegisters& registers) {
  vmcs_.make_current();
  flush_translations();
  if (page_pointers_stale_) [[unlikely]] write_page_pointers();
  write_entry_state(registers);
  if (read_cr2() != cr2_) write_cr2(cr2_);
  speculation::before_entry(vcpu_.arch().speculation_state);
  auto status = static_cast<Status>(vmx_enter(registers.gpr.data(), vmcs_.needs_launch()));
  if (status != Status::succeeded) [[unlikely]] return report_failed_instruction(status);
  cr2_ = read_cr2();
  read_exit_state(registers);
  return read_exit();
}

hvm::Exit VmxVcpu::read_exit() {
  RawExit raw{.reason = vmcs_.read(Field32::exit_reason)};
  NeededFields needed = needed_fields(raw.reason);
  if (needed.qualification) raw.qualification = vmcs_.read(FieldNatural::exit_qualification);
  if (needed.instruction_length) raw.instruction_length = vmcs_.read(Field32::exit_instruction_length);
  if (needed.guest_physical) raw.guest_physical = vmcs_.read(Field64::guest_physical);
  if (needed.event) {
    raw.event = vmcs_.read(Field32::exit_event);
    if (EventInformation::HasError::get(raw.event)) raw.event_error = vmcs_.read(Field32::exit_event_error);
  }
  if (ReasonField::EntryFailure::get(raw.reason)) [[unlikely]] {
    report_failed_entry(raw.reason);
    return decode(raw);
  }
  vmcs_.note_launched();
  take_event(raw);
  hvm::Exit exit = decode(raw);
  if (exit.reason == hvm::ExitReason::exception && exit.vector == hvm::exception_vector::debug) note_debug_exception(raw);
  return exit;
}

hvm::Exit VmxVcpu::report_failed_instruction(Status status) {
  u32 number = status == Status::failed ? vmcs_.read(Field32::instruction_error) : 0;
  log_error("d{}v{}: {} failed: {}", vcpu_.domain().id(), vcpu_.id(), vmcs_.needs_launch() ? "VMLAUNCH" : "VMRESUME",
            status == Status::failed ? instruction_error(number) : "no VMCS is current");
  tell_wrong_fields();
  hvm::Exit exit;
  exit.reason = hvm::ExitReason::invalid_state;
  exit.code = number;
  return exit;
}

void VmxVcpu::report_failed_entry(u32 reason) const {
  u64 qualification = vmcs_.read(FieldNatural::exit_qualification);
  log_error("d{}v{}: the entry failed: {} (reason {:#x}, qualification {:#x})", vcpu_.domain().id(), vcpu_.id(),
            entry_failure(reason, qualification), reason, qualification);
  tell_wrong_fields();
}

void VmxVcpu::tell_wrong_fields() const {
  size_t count = 0;
  for (const WrongFields& wrong : {check_controls(control_snapshot(), capabilities(), physical_bits()),
                                   check_host(host_snapshot(), capabilities(), physical_bits()),
                                   check_guest(snapshot(), capabilities(), physical_bits())}) {
    for (const char* name : wrong.list()) log_error("d{}v{}: looks wrong: {}", vcpu_.domain().id(), vcpu_.id(), name);
    count += wrong.list().size();
  }
  if (count == 0) log_error("d{}v{}: no field looks wrong", vcpu_.domain().id(), vcpu_.id());
}

}  // namespace xenolith::vmx
