// SPDX-License-Identifier: MIT
// A vCPU's registers in its VMCS.
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/vmx/vmx.hpp"
#include "arch/x86/vmx/vmx_vcpu.hpp"

namespace xenolith::vmx {

hvm::ControlRegisters VmxVcpu::controls() const {
  u64 cr0 = (cr0_ & ~u64{cr0::ts}) | (vmcs_.read(FieldNatural::guest_cr0) & cr0::ts);
  u64 cr4 = (cr4_ & ~u64{cr4::pge}) | (vmcs_.read(FieldNatural::guest_cr4) & cr4::pge);
  return {cr0, cr2_, vmcs_.read(FieldNatural::guest_cr3), cr4, efer_};
}

// An unrestricted guest may switch off paging and protection whatever the fixed bits say (Intel SDM volume 3D, appendix A.7 "VMX-Fixed
// Bits in CR0").
void VmxVcpu::set_cr0(u64 value) {
  constexpr u64 free = cr0::pe | cr0::pg;
  cr0_ = value;
  page_pointers_stale_ = true;
  vmcs_.write(FieldNatural::cr0_shadow, value);
  vmcs_.write(FieldNatural::guest_cr0, with_fixed_bits(value, capabilities().cr0_fixed0 & ~free, capabilities().cr0_fixed1));
}

void VmxVcpu::set_cr3(u64 value) {
  page_pointers_stale_ = true;
  vmcs_.write(FieldNatural::guest_cr3, value);
}

void VmxVcpu::set_cr4(u64 value) {
  cr4_ = value;
  page_pointers_stale_ = true;
  vmcs_.write(FieldNatural::cr4_shadow, value);
  vmcs_.write(FieldNatural::guest_cr4, with_fixed_bits(value, capabilities().cr4_fixed0, capabilities().cr4_fixed1));
}

void VmxVcpu::set_efer(u64 value) {
  efer_ = value;
  page_pointers_stale_ = true;
  u32 is_long = value & efer::lma ? entry_control::long_mode : 0;
  vmcs_.write(Field32::entry_controls, capabilities().controls.entry | is_long);
  vmcs_.write(Field64::guest_efer, value);
}

hvm::SegmentRegister VmxVcpu::read_segment(unsigned segment) const {
  return from_fields({vmcs_.read(selector_field(segment)), vmcs_.read(rights_field(segment)),
                      vmcs_.read(limit_field(segment)), vmcs_.read(base_field(segment))});
}

void VmxVcpu::write_segment(unsigned segment, const hvm::SegmentRegister& value) {
  SegmentFields fields = to_fields(value, segment == segment_tr);
  vmcs_.write(selector_field(segment), fields.selector);
  vmcs_.write(rights_field(segment), fields.rights);
  vmcs_.write(limit_field(segment), fields.limit);
  vmcs_.write(base_field(segment), fields.base);
}

hvm::SegmentRegister VmxVcpu::system_segment(hvm::SystemSegment which) const {
  return read_segment(which == hvm::SystemSegment::tr ? segment_tr : segment_ldtr);
}
void VmxVcpu::set_system_segment(hvm::SystemSegment which, const hvm::SegmentRegister& value) {
  write_segment(which == hvm::SystemSegment::tr ? segment_tr : segment_ldtr, value);
}

hvm::TableRegister VmxVcpu::gdtr() const {
  return {vmcs_.read(FieldNatural::guest_gdtr_base), vmcs_.read(Field32::guest_gdtr_limit)};
}
hvm::TableRegister VmxVcpu::idtr() const {
  return {vmcs_.read(FieldNatural::guest_idtr_base), vmcs_.read(Field32::guest_idtr_limit)};
}
void VmxVcpu::set_gdtr(const hvm::TableRegister& value) {
  vmcs_.write(FieldNatural::guest_gdtr_base, value.base);
  vmcs_.write(Field32::guest_gdtr_limit, value.limit);
}
void VmxVcpu::set_idtr(const hvm::TableRegister& value) {
  vmcs_.write(FieldNatural::guest_idtr_base, value.base);
  vmcs_.write(Field32::guest_idtr_limit, value.limit);
}

// The privilege level is that of SS (Intel SDM volume 3C, section 25.4.1 "Guest Register State").
unsigned VmxVcpu::privilege() const {
  return static_cast<unsigned>(AccessRights::Privilege::get(vmcs_.read(Field32::guest_ss_rights)));
}

void VmxVcpu::set_tsc(const GuestCounter& counter, bool reads_exit) {
  tsc_ = counter;
  vmcs_.write(Field64::tsc_offset, counter.offset);
  if (capabilities().tsc_scaling) vmcs_.write(Field64::tsc_multiplier, counter.ratio.value);
  want_primary(primary::rdtsc_exiting, reads_exit);
}

}  // namespace xenolith::vmx
