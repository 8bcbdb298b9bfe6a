// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/exit_decode.hpp"

#include "arch/x86/hvm/guest_policy.hpp"

namespace xenolith::vmx {
namespace {

using hvm::Exit;
using hvm::ExitReason;

// How the fields of an exit are read, beyond its reason.
enum class Detail : u8 { none, instruction, exception, violation, misconfiguration, io, control, apic };

struct Row {
  BasicReason basic;
  ExitReason reason;
  Detail detail = Detail::none;
};
constexpr Row rows[] = {
    {BasicReason::exception_or_nmi, ExitReason::exception, Detail::exception},
    {BasicReason::interrupt, ExitReason::interrupt},
    {BasicReason::triple_fault, ExitReason::shutdown},
    {BasicReason::init, ExitReason::interrupt},
    {BasicReason::startup, ExitReason::interrupt},
    {BasicReason::io_smi, ExitReason::interrupt},
    {BasicReason::other_smi, ExitReason::interrupt},
    {BasicReason::interrupt_window, ExitReason::interrupt_window},
    {BasicReason::nmi_window, ExitReason::interrupt_window},
    {BasicReason::task_switch, ExitReason::task_switch},
    {BasicReason::cpuid, ExitReason::cpuid, Detail::instruction},
    {BasicReason::getsec, ExitReason::virtualisation_instruction},
    {BasicReason::hlt, ExitReason::hlt, Detail::instruction},
    {BasicReason::invd, ExitReason::invd, Detail::instruction},
    {BasicReason::invlpg, ExitReason::invlpg, Detail::instruction},
    {BasicReason::rdpmc, ExitReason::rdpmc},
    {BasicReason::rdtsc, ExitReason::rdtsc, Detail::instruction},
    {BasicReason::rsm, ExitReason::rsm},
    {BasicReason::vmcall, ExitReason::hypercall, Detail::instruction},
    {BasicReason::control_register, ExitReason::control_register, Detail::control},
    {BasicReason::debug_register, ExitReason::debug_register},
    {BasicReason::io, ExitReason::io, Detail::io},
    {BasicReason::rdmsr, ExitReason::rdmsr, Detail::instruction},
    {BasicReason::wrmsr, ExitReason::wrmsr, Detail::instruction},
    {BasicReason::invalid_guest_state, ExitReason::invalid_state},
    {BasicReason::msr_loading, ExitReason::invalid_state},
    {BasicReason::mwait, ExitReason::mwait},
    {BasicReason::monitor, ExitReason::monitor},
    {BasicReason::pause, ExitReason::pause, Detail::instruction},
    {BasicReason::machine_check_on_entry, ExitReason::machine_check},
    {BasicReason::virtual_eoi, ExitReason::end_of_interrupt, Detail::apic},
    {BasicReason::gdtr_idtr, ExitReason::descriptor_table},
    {BasicReason::ldtr_tr, ExitReason::descriptor_table},
    {BasicReason::ept_violation, ExitReason::nested_fault, Detail::violation},
    {BasicReason::ept_misconfiguration, ExitReason::unknown, Detail::misconfiguration},
    {BasicReason::invept, ExitReason::virtualisation_instruction},
    {BasicReason::rdtscp, ExitReason::rdtscp, Detail::instruction},
    {BasicReason::preemption_timer, ExitReason::interrupt},
    {BasicReason::invvpid, ExitReason::virtualisation_instruction},
    {BasicReason::wbinvd, ExitReason::wbinvd, Detail::instruction},
    {BasicReason::xsetbv, ExitReason::xsetbv, Detail::instruction},
    {BasicReason::apic_write, ExitReason::apic_write, Detail::apic},
    {BasicReason::vmfunc, ExitReason::virtualisation_instruction},
};

constexpr unsigned table_size = 65;
struct Meaning {
  ExitReason reason = ExitReason::unknown;
  Detail detail = Detail::none;
};
constexpr auto make_table() {
  std::array<Meaning, table_size> table{};
  for (const Row& row : rows) table[static_cast<unsigned>(row.basic)] = {row.reason, row.detail};
  for (auto i = static_cast<unsigned>(BasicReason::vmclear); i <= static_cast<unsigned>(BasicReason::vmxon); ++i)
    table[i] = {ExitReason::virtualisation_instruction, Detail::none};
  return table;
}
constexpr auto table = make_table();

Meaning meaning_of(u32 reason) {
  u64 basic = ReasonField::Basic::get(reason);
  return basic < table_size ? table[basic] : Meaning{};
}

// Section 28.2.1 "Basic VM-Exit Information", table "Exit Qualification for Control-Register Accesses".
void decode_control(u64 qualification, Exit& exit) {
  using Kind = hvm::ControlAccess::Kind;
  constexpr Kind kinds[] = {Kind::move_to, Kind::move_from, Kind::clear_task_switched, Kind::load_status};
  exit.control = {.kind = kinds[Bits<5, 4>::get(qualification)],
                  .number = static_cast<u8>(Bits<3, 0>::get(qualification)),
                  .gpr = static_cast<Gpr>(Bits<11, 8>::get(qualification)),
                  .status = static_cast<u16>(Bits<31, 16>::get(qualification))};
}

// Table "Exit Qualification for I/O Instructions".
void decode_io(u64 qualification, Exit& exit) {
  exit.io_size = static_cast<u8>(Bits<2, 0>::get(qualification) + 1);
  exit.io_in = Bits<3>::get(qualification);
  exit.io_string = Bits<4>::get(qualification);
  exit.io_rep = Bits<5>::get(qualification);
  exit.port = static_cast<u16>(Bits<31, 16>::get(qualification));
}

void decode_exception(const RawExit& raw, Exit& exit) {
  auto kind = static_cast<EventKind>(EventInformation::Kind::get(raw.event));
  exit.vector = static_cast<u8>(EventInformation::Vector::get(raw.event));
  if (kind == EventKind::nmi) exit.reason = ExitReason::nmi;
  else if (kind == EventKind::privileged_software_exception) exit.reason = ExitReason::icebp;
  else if (exit.vector == hvm::exception_vector::machine_check) exit.reason = ExitReason::machine_check;
  exit.has_error = EventInformation::HasError::get(raw.event);
  exit.error = raw.event_error;
  exit.fault_address = raw.qualification;
}

void decode_violation(const RawExit& raw, Exit& exit) {
  exit.guest_physical = raw.guest_physical;
  exit.write = Bits<1>::get(raw.qualification);
  exit.execute = Bits<2>::get(raw.qualification);
}

// The vector of a virtualized EOI; the register's offset of an APIC write (section 28.2.1).
void decode_apic(u64 qualification, Exit& exit) {
  exit.vector = static_cast<u8>(qualification);
  exit.apic_offset = static_cast<u16>(Bits<11, 0>::get(qualification));
}

bool has_instruction(Detail detail) {
  return detail == Detail::instruction || detail == Detail::io || detail == Detail::control;
}

}  // namespace

NeededFields needed_fields(u32 reason) {
  if (ReasonField::EntryFailure::get(reason)) return {.qualification = true};
  Detail detail = meaning_of(reason).detail;
  return {.qualification = detail == Detail::exception || detail == Detail::violation || detail == Detail::io ||
                           detail == Detail::control || detail == Detail::apic,
          .event = detail == Detail::exception,
          .instruction_length = has_instruction(detail),
          .guest_physical = detail == Detail::violation || detail == Detail::misconfiguration};
}

hvm::Exit decode(const RawExit& raw) {
  Meaning meaning = meaning_of(raw.reason);
  Exit exit;
  exit.reason = meaning.reason;
  exit.code = raw.reason;
  if (ReasonField::EntryFailure::get(raw.reason)) {
    if (exit.reason != ExitReason::machine_check) exit.reason = ExitReason::invalid_state;
    return exit;
  }
  if (has_instruction(meaning.detail) && raw.instruction_length <= max_instruction_length)
    exit.instruction_length = static_cast<u8>(raw.instruction_length);
  switch (meaning.detail) {
    case Detail::none:
    case Detail::instruction: break;
    case Detail::exception: decode_exception(raw, exit); break;
    case Detail::violation: decode_violation(raw, exit); break;
    case Detail::misconfiguration: exit.guest_physical = raw.guest_physical; break;
    case Detail::io: decode_io(raw.qualification, exit); break;
    case Detail::control: decode_control(raw.qualification, exit); break;
    case Detail::apic: decode_apic(raw.qualification, exit); break;
  }
  return exit;
}

u32 entry_event(const hvm::Event& event, bool protected_mode) {
  u32 information = static_cast<u32>(EventInformation::Valid::mask) | event.vector;
  information = EventInformation::Kind::set(information, static_cast<u64>(event.kind));
  if (event.has_error && protected_mode && hvm::exception_has_error(event.vector))
    information |= EventInformation::HasError::mask;
  return information;
}
static_assert(static_cast<u8>(hvm::Event::Kind::interrupt) == static_cast<u8>(EventKind::interrupt) &&
              static_cast<u8>(hvm::Event::Kind::nmi) == static_cast<u8>(EventKind::nmi) &&
              static_cast<u8>(hvm::Event::Kind::exception) == static_cast<u8>(EventKind::hardware_exception));

bool unblocked_nmi(const RawExit& raw) {
  constexpr u64 double_fault = 8;
  switch (meaning_of(raw.reason).detail) {
    case Detail::exception:
      return EventInformation::UnblockedNmi::get(raw.event) && EventInformation::Vector::get(raw.event) != double_fault;
    case Detail::violation: return Bits<12>::get(raw.qualification);
    default: return false;
  }
}

u32 event_to_repeat(u32 interrupted) {
  if (!EventInformation::Valid::get(interrupted)) return 0;
  auto kind = static_cast<EventKind>(EventInformation::Kind::get(interrupted));
  if (kind == EventKind::privileged_software_exception || kind == EventKind::software_exception) return 0;
  if (!hvm::is_delivered_again(static_cast<hvm::Event::Kind>(kind), static_cast<u8>(EventInformation::Vector::get(interrupted))))
    return 0;
  constexpr u32 repeated = EventInformation::Vector::mask | EventInformation::Kind::mask | EventInformation::HasError::mask |
                           EventInformation::Valid::mask;
  return interrupted & repeated;
}

}  // namespace xenolith::vmx
