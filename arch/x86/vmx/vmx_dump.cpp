// SPDX-License-Identifier: MIT
// A vCPU's VMCS for people: after a failed entry, and for debug keys.
#include "arch/x86/vmx/vmx.hpp"
#include "arch/x86/vmx/vmx_vcpu.hpp"
#include "core/base/log.hpp"

namespace xenolith::vmx {

GuestSnapshot VmxVcpu::snapshot() const {
  GuestSnapshot s;
  s.cr0 = vmcs_.read(FieldNatural::guest_cr0);
  s.cr3 = vmcs_.read(FieldNatural::guest_cr3);
  s.cr4 = vmcs_.read(FieldNatural::guest_cr4);
  s.efer = vmcs_.read(Field64::guest_efer);
  s.pat = vmcs_.read(Field64::guest_pat);
  s.debug_control = vmcs_.read(Field64::guest_debug_control);
  s.dr7 = dr7();
  s.rip = vmcs_.read(FieldNatural::guest_rip);
  s.rsp = vmcs_.read(FieldNatural::guest_rsp);
  s.rflags = vmcs_.read(FieldNatural::guest_rflags);
  for (unsigned i = 0; i < segment_count; ++i)
    s.segments[i] = {vmcs_.read(selector_field(i)), vmcs_.read(rights_field(i)), vmcs_.read(limit_field(i)),
                     vmcs_.read(base_field(i))};
  s.gdtr_base = gdtr().base;
  s.gdtr_limit = gdtr().limit;
  s.idtr_base = idtr().base;
  s.idtr_limit = idtr().limit;
  s.sysenter_esp = vmcs_.read(FieldNatural::guest_sysenter_esp);
  s.sysenter_eip = vmcs_.read(FieldNatural::guest_sysenter_eip);
  s.interruptibility = vmcs_.read(Field32::guest_interruptibility);
  s.activity = vmcs_.read(Field32::guest_activity);
  s.entry_event = vmcs_.read(Field32::entry_event);
  s.entry_controls = vmcs_.read(Field32::entry_controls);
  s.pending_debug = vmcs_.read(FieldNatural::guest_pending_debug);
  s.link_pointer = vmcs_.read(Field64::link_pointer);
  for (u32 i = 0; i < s.page_pointers.size(); ++i)
    s.page_pointers[i] = vmcs_.read(static_cast<Field64>(static_cast<u32>(Field64::guest_pdpte0) + 2 * i));
  return s;
}

ControlSnapshot VmxVcpu::control_snapshot() const {
  return {.pin = vmcs_.read(Field32::pin_controls),
          .primary = vmcs_.read(Field32::primary_controls),
          .secondary = vmcs_.read(Field32::secondary_controls),
          .exit = vmcs_.read(Field32::exit_controls),
          .entry = vmcs_.read(Field32::entry_controls),
          .vpid = capabilities().vpid ? vmcs_.read(Field16::vpid) : u16{0},
          .tsc_multiplier = capabilities().tsc_scaling ? vmcs_.read(Field64::tsc_multiplier) : u64{0},
          .io_bitmap_a = vmcs_.read(Field64::io_bitmap_a),
          .io_bitmap_b = vmcs_.read(Field64::io_bitmap_b),
          .msr_bitmap = vmcs_.read(Field64::msr_bitmap),
          .ept_pointer = vmcs_.read(Field64::ept_pointer),
          .virtual_apic_page = capabilities().virtual_apic ? vmcs_.read(Field64::virtual_apic_page) : 0,
          .entry_event = vmcs_.read(Field32::entry_event)};
}

HostSnapshot VmxVcpu::host_snapshot() const {
  return {.cr0 = vmcs_.read(FieldNatural::host_cr0),
          .cr3 = vmcs_.read(FieldNatural::host_cr3),
          .cr4 = vmcs_.read(FieldNatural::host_cr4),
          .efer = vmcs_.read(Field64::host_efer),
          .pat = vmcs_.read(Field64::host_pat),
          .rip = vmcs_.read(FieldNatural::host_rip),
          .fs_base = vmcs_.read(FieldNatural::host_fs_base),
          .gs_base = vmcs_.read(FieldNatural::host_gs_base),
          .tr_base = vmcs_.read(FieldNatural::host_tr_base),
          .gdtr_base = vmcs_.read(FieldNatural::host_gdtr_base),
          .idtr_base = vmcs_.read(FieldNatural::host_idtr_base),
          .sysenter_esp = vmcs_.read(FieldNatural::host_sysenter_esp),
          .sysenter_eip = vmcs_.read(FieldNatural::host_sysenter_eip),
          .cs = vmcs_.read(Field16::host_cs_selector),
          .ss = vmcs_.read(Field16::host_ss_selector),
          .tr = vmcs_.read(Field16::host_tr_selector)};
}

void VmxVcpu::dump() const {
  GuestSnapshot s = snapshot();
  log_error("VMCS: exit reason {:#x} qualification {:#x} interrupted {:#x} inject {:#x}", vmcs_.read(Field32::exit_reason),
            vmcs_.read(FieldNatural::exit_qualification), vmcs_.read(Field32::interrupted_event), event_);
  log_error("VMCS: vpid {} EPT {:#x} tsc ratio {:#x} offset {:#x} blocking {:#x} activity {} pending debug {:#x}", tag_.number(), ept_pointer_,
            tsc_.ratio.value, tsc_.offset, s.interruptibility, s.activity, s.pending_debug);
  log_error("VMCS: cr0 {:#x} cr4 {:#x} rflags {:#x} controls {:#x} entry {:#x}", s.cr0, s.cr4, s.rflags, primary_, s.entry_controls);
  if (capabilities().virtual_apic)
    log_error("VMCS: virtual APIC: requested {:#x} in service {:#x} MSRs {}", interrupts_.requested, interrupts_.in_service, has_apic_msrs_);
}

}  // namespace xenolith::vmx
