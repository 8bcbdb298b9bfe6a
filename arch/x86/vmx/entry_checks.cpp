// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/entry_checks.hpp"

#include <algorithm>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/msr_rules.hpp"
#include "arch/x86/vmx/controls.hpp"
#include "arch/x86/vmx/exit_decode.hpp"

namespace xenolith::vmx {
namespace {

struct Expectations {
  WrongFields wrong{};
  void expect(bool holds, const char* name) {
    if (!holds) wrong.add(name);
  }
};

// A capability register: bits that must be 1 in its lower half, bits that may be 1 in its upper half.
bool is_allowed(u64 capability, u32 value) {
  return with_fixed_bits(value, static_cast<u32>(capability), capability >> 32) == value;
}
bool is_page(u64 address, unsigned physical_bits) { return !(address & (page_size - 1)) && !(address >> physical_bits); }

// Section 27.2.1.1 "VM-Execution Control Fields".
void check_execution(Expectations& e, const ControlSnapshot& c, const CapabilityRegisters& allowed) {
  e.expect(is_allowed(allowed.pin, c.pin), "pin-based controls");
  e.expect(is_allowed(allowed.primary, c.primary), "primary controls");
  bool has_secondary = c.primary & primary::secondary;
  e.expect(!has_secondary || is_allowed(allowed.secondary, c.secondary), "secondary controls");
  e.expect((c.pin & pin::nmi_exiting) || !(c.pin & pin::virtual_nmis), "virtual NMIs without NMI exiting");
  e.expect((c.pin & pin::virtual_nmis) || !(c.primary & primary::nmi_window), "NMI-window exiting without virtual NMIs");
  e.expect((c.secondary & secondary::ept) || !(c.secondary & secondary::unrestricted_guest), "unrestricted guest without EPT");
  constexpr u32 virtual_apic = secondary::x2apic_msrs | secondary::apic_registers | secondary::virtual_interrupts;
  e.expect((c.primary & primary::tpr_shadow) || !(c.secondary & virtual_apic), "virtual APIC without TPR shadow");
  e.expect((c.pin & pin::interrupt_exiting) || !(c.secondary & secondary::virtual_interrupts),
           "virtual interrupts without external-interrupt exiting");
}

void check_places(Expectations& e, const ControlSnapshot& c, unsigned physical_bits) {
  constexpr u64 memory_type = 7, write_back = 6, levels = 0x38, four_levels = 0x18, reserved = 0xf80;
  if (c.primary & primary::io_bitmaps)
    e.expect(is_page(c.io_bitmap_a, physical_bits) && is_page(c.io_bitmap_b, physical_bits), "I/O bitmap");
  if (c.primary & primary::msr_bitmaps) e.expect(is_page(c.msr_bitmap, physical_bits), "MSR bitmap");
  if (c.primary & primary::tpr_shadow) e.expect(is_page(c.virtual_apic_page, physical_bits), "page of the virtual APIC");
  if (c.secondary & secondary::vpid) e.expect(c.vpid != 0, "VPID");
  if (c.secondary & secondary::tsc_scaling) e.expect(c.tsc_multiplier != 0, "TSC multiplier");
  if (!(c.secondary & secondary::ept)) return;
  u64 type = c.ept_pointer & memory_type;
  e.expect((type == write_back || type == 0) && (c.ept_pointer & levels) == four_levels && !(c.ept_pointer & reserved) &&
               !(c.ept_pointer >> physical_bits), "EPT pointer");
}

// Section 27.2.1.3 "VM-Entry Control Fields".
void check_event(Expectations& e, u32 event) {
  if (!EventInformation::Valid::get(event)) return;
  constexpr u32 reserved = 0x7ffff000, reserved_kind = 1, other_event = 7, nmi_vector = 2, exceptions = 32;
  u64 kind = EventInformation::Kind::get(event), vector = EventInformation::Vector::get(event);
  bool fits = kind != reserved_kind && kind != other_event && !(event & reserved);
  if (static_cast<EventKind>(kind) == EventKind::nmi) fits = fits && vector == nmi_vector;
  if (static_cast<EventKind>(kind) == EventKind::hardware_exception) fits = fits && vector < exceptions;
  e.expect(fits, "event to be injected");
}

}  // namespace

WrongFields check_controls(const ControlSnapshot& controls, const Capabilities& processor, unsigned physical_bits) {
  Expectations e;
  check_execution(e, controls, processor.registers);
  e.expect(is_allowed(processor.registers.exit, controls.exit), "exit controls");
  e.expect(is_allowed(processor.registers.entry, controls.entry), "entry controls");
  check_places(e, controls, physical_bits);
  check_event(e, controls.entry_event);
  return e.wrong;
}

WrongFields check_host(const HostSnapshot& host, const Capabilities& processor, unsigned physical_bits) {
  Expectations e;
  e.expect(with_fixed_bits(host.cr0, processor.cr0_fixed0, processor.cr0_fixed1) == host.cr0, "host CR0");
  e.expect(with_fixed_bits(host.cr4, processor.cr4_fixed0, processor.cr4_fixed1) == host.cr4 && (host.cr4 & cr4::pae), "host CR4");
  e.expect(!(host.cr3 >> physical_bits), "host CR3");
  e.expect((host.efer & efer::lma) && (host.efer & efer::lme), "host EFER");
  e.expect(hvm::is_valid_msr_value(static_cast<u32>(Msr::pat), host.pat), "host PAT");
  constexpr u16 privilege_and_table = 7;
  e.expect(host.cs && !(host.cs & privilege_and_table), "host CS");
  e.expect(!(host.ss & privilege_and_table), "host SS");
  e.expect(host.tr && !(host.tr & privilege_and_table), "host TR");
  u64 addresses[] = {host.rip, host.fs_base, host.gs_base, host.tr_base, host.gdtr_base, host.idtr_base, host.sysenter_esp,
                     host.sysenter_eip};
  e.expect(std::ranges::all_of(addresses, hvm::is_canonical), "host RIP or a base that is not canonical");
  return e.wrong;
}

}  // namespace xenolith::vmx
