// SPDX-License-Identifier: MIT
// The fields of a VMCS that are used, by width: a field is read and written only as wide as it is
// (Intel SDM volume 3D, appendix B "Field Encoding in VMCS").
#pragma once

#include "core/base/types.hpp"

namespace xenolith::vmx {

enum class Field16 : u32 {
  vpid = 0x0000,
  guest_es_selector = 0x0800, guest_cs_selector = 0x0802, guest_ss_selector = 0x0804, guest_ds_selector = 0x0806,
  guest_fs_selector = 0x0808, guest_gs_selector = 0x080a, guest_ldtr_selector = 0x080c, guest_tr_selector = 0x080e,
  guest_interrupt_status = 0x0810,
  host_es_selector = 0x0c00, host_cs_selector = 0x0c02, host_ss_selector = 0x0c04, host_ds_selector = 0x0c06,
  host_fs_selector = 0x0c08, host_gs_selector = 0x0c0a, host_tr_selector = 0x0c0c,
};

enum class Field64 : u32 {
  io_bitmap_a = 0x2000, io_bitmap_b = 0x2002, msr_bitmap = 0x2004,
  tsc_offset = 0x2010, virtual_apic_page = 0x2012, apic_access_page = 0x2014, ept_pointer = 0x201a,
  eoi_exit_bitmap0 = 0x201c,  // four of them
  tsc_multiplier = 0x2032,
  guest_physical = 0x2400,
  link_pointer = 0x2800, guest_debug_control = 0x2802, guest_pat = 0x2804, guest_efer = 0x2806,
  guest_pdpte0 = 0x280a, guest_pdpte1 = 0x280c, guest_pdpte2 = 0x280e, guest_pdpte3 = 0x2810,
  host_pat = 0x2c00, host_efer = 0x2c02,
};

enum class Field32 : u32 {
  pin_controls = 0x4000, primary_controls = 0x4002, exception_bitmap = 0x4004,
  page_fault_mask = 0x4006, page_fault_match = 0x4008, cr3_target_count = 0x400a,
  exit_controls = 0x400c, exit_msr_store_count = 0x400e, exit_msr_load_count = 0x4010,
  entry_controls = 0x4012, entry_msr_load_count = 0x4014, entry_event = 0x4016, entry_event_error = 0x4018,
  entry_instruction_length = 0x401a, secondary_controls = 0x401e,
  tpr_threshold = 0x401c, pause_gap = 0x4020, pause_window = 0x4022,
  instruction_error = 0x4400, exit_reason = 0x4402, exit_event = 0x4404, exit_event_error = 0x4406,
  interrupted_event = 0x4408, interrupted_event_error = 0x440a, exit_instruction_length = 0x440c,
  guest_es_limit = 0x4800, guest_cs_limit = 0x4802, guest_ss_limit = 0x4804, guest_ds_limit = 0x4806,
  guest_fs_limit = 0x4808, guest_gs_limit = 0x480a, guest_ldtr_limit = 0x480c, guest_tr_limit = 0x480e,
  guest_gdtr_limit = 0x4810, guest_idtr_limit = 0x4812,
  guest_es_rights = 0x4814, guest_cs_rights = 0x4816, guest_ss_rights = 0x4818, guest_ds_rights = 0x481a,
  guest_fs_rights = 0x481c, guest_gs_rights = 0x481e, guest_ldtr_rights = 0x4820, guest_tr_rights = 0x4822,
  guest_interruptibility = 0x4824, guest_activity = 0x4826, guest_sysenter_cs = 0x482a, preemption_timer = 0x482e,
  host_sysenter_cs = 0x4c00,
};

enum class FieldNatural : u32 {
  cr0_mask = 0x6000, cr4_mask = 0x6002, cr0_shadow = 0x6004, cr4_shadow = 0x6006,
  exit_qualification = 0x6400, guest_linear = 0x640a,
  guest_cr0 = 0x6800, guest_cr3 = 0x6802, guest_cr4 = 0x6804,
  guest_es_base = 0x6806, guest_cs_base = 0x6808, guest_ss_base = 0x680a, guest_ds_base = 0x680c,
  guest_fs_base = 0x680e, guest_gs_base = 0x6810, guest_ldtr_base = 0x6812, guest_tr_base = 0x6814,
  guest_gdtr_base = 0x6816, guest_idtr_base = 0x6818, guest_dr7 = 0x681a,
  guest_rsp = 0x681c, guest_rip = 0x681e, guest_rflags = 0x6820, guest_pending_debug = 0x6822,
  guest_sysenter_esp = 0x6824, guest_sysenter_eip = 0x6826,
  host_cr0 = 0x6c00, host_cr3 = 0x6c02, host_cr4 = 0x6c04, host_fs_base = 0x6c06, host_gs_base = 0x6c08,
  host_tr_base = 0x6c0a, host_gdtr_base = 0x6c0c, host_idtr_base = 0x6c0e,
  host_sysenter_esp = 0x6c10, host_sysenter_eip = 0x6c12, host_rsp = 0x6c14, host_rip = 0x6c16,
};

// What an encoding says of its field (appendix B, table "Structure of VMCS Component Encoding" of volume 3C, section 25.11.2).
struct FieldEncoding {
  enum class Width : u8 { bits16, bits64, bits32, natural };
  static constexpr Width width(u32 encoding) { return static_cast<Width>(encoding >> 13 & 3); }
  static constexpr bool is_read_only(u32 encoding) { return (encoding >> 10 & 3) == 1; }
};

// Segment registers are numbered as instructions number them, then LDTR and TR; their fields follow each other.
inline constexpr unsigned segment_ldtr = 6, segment_tr = 7, segment_count = 8;
constexpr Field16 selector_field(unsigned segment) {
  return static_cast<Field16>(static_cast<u32>(Field16::guest_es_selector) + 2 * segment);
}
constexpr Field32 limit_field(unsigned segment) {
  return static_cast<Field32>(static_cast<u32>(Field32::guest_es_limit) + 2 * segment);
}
constexpr Field32 rights_field(unsigned segment) {
  return static_cast<Field32>(static_cast<u32>(Field32::guest_es_rights) + 2 * segment);
}
constexpr FieldNatural base_field(unsigned segment) {
  return static_cast<FieldNatural>(static_cast<u32>(FieldNatural::guest_es_base) + 2 * segment);
}
static_assert(selector_field(segment_tr) == Field16::guest_tr_selector && limit_field(segment_tr) == Field32::guest_tr_limit);
static_assert(rights_field(segment_tr) == Field32::guest_tr_rights && base_field(segment_tr) == FieldNatural::guest_tr_base);

}  // namespace xenolith::vmx
