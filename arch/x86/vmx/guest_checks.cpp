// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/guest_checks.hpp"

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/msr_rules.hpp"
#include "arch/x86/vmx/controls.hpp"
#include "arch/x86/vmx/exit_decode.hpp"

namespace xenolith::vmx {
namespace {

constexpr unsigned cs = 1, ss = 2;
constexpr u64 trap_flag_branches = 2;  // BTF of IA32_DEBUGCTL

struct Checker {
  const GuestSnapshot& guest;
  const Capabilities& processor;
  unsigned physical_bits;
  WrongFields wrong{};

  void expect(bool holds, const char* name) {
    if (!holds) wrong.add(name);
  }
  bool is_long() const { return guest.efer & efer::lma; }
  bool is_virtual_8086() const { return guest.rflags & rflags::vm; }
  bool is_usable(unsigned segment) const { return !AccessRights::Unusable::get(guest.segments[segment].rights); }
  u64 rights(unsigned segment) const { return guest.segments[segment].rights; }
};

bool has_fixed_bits(u64 value, u64 fixed0, u64 fixed1) { return with_fixed_bits(value, fixed0, fixed1) == value; }

void check_controls(Checker& c) {
  const GuestSnapshot& g = c.guest;
  u64 cr0_fixed0 = c.processor.cr0_fixed0 & ~(u64{cr0::pe} | cr0::pg);  // unrestricted guest
  c.expect(has_fixed_bits(g.cr0, cr0_fixed0, c.processor.cr0_fixed1) && (!(g.cr0 & cr0::pg) || (g.cr0 & cr0::pe)), "CR0");
  c.expect(has_fixed_bits(g.cr4, c.processor.cr4_fixed0, c.processor.cr4_fixed1), "CR4");
  c.expect(!(g.cr3 >> c.physical_bits), "CR3");
  bool entry_is_long = g.entry_controls & entry_control::long_mode;
  bool needs = !entry_is_long || ((g.cr0 & cr0::pg) && (g.cr4 & cr4::pae));
  c.expect(needs, "IA-32e mode without paging or PAE");
  bool lme_matches = !(g.cr0 & cr0::pg) || ((g.efer & efer::lme) != 0) == entry_is_long;
  c.expect(c.is_long() == entry_is_long && lme_matches, "EFER");
  c.expect(!(g.dr7 >> 32), "DR7");
  c.expect(hvm::is_valid_msr_value(static_cast<u32>(Msr::pat), g.pat), "PAT");
  c.expect(hvm::is_canonical(g.sysenter_esp) && hvm::is_canonical(g.sysenter_eip), "SYSENTER_ESP or SYSENTER_EIP");
}

void check_code(Checker& c) {
  u64 rights = c.rights(cs), type = AccessRights::Type::get(rights);
  u64 privilege = AccessRights::Privilege::get(rights), stack_privilege = AccessRights::Privilege::get(c.rights(ss));
  c.expect(c.is_usable(cs) && AccessRights::NotSystem::get(rights) && AccessRights::Present::get(rights), "CS");
  c.expect(type == 3 || (type & 9) == 9, "CS type");
  c.expect(type != 3 || privilege == 0, "CS privilege");
  bool conforming = (type & 0xc) == 0xc;
  if (type & 8) c.expect(conforming ? privilege <= stack_privilege : privilege == stack_privilege, "CS or SS privilege");
  c.expect(!(c.is_long() && AccessRights::Long::get(rights) && AccessRights::Big::get(rights)), "CS size");
  if (type == 3 || !(c.guest.cr0 & cr0::pe)) c.expect(stack_privilege == 0, "SS privilege");
}

void check_limit(Checker& c, unsigned segment, const char* name) {
  const SegmentFields& fields = c.guest.segments[segment];
  bool by_pages = AccessRights::Granularity::get(fields.rights);
  bool fits = by_pages ? (fields.limit & 0xfff) == 0xfff : !(fields.limit >> 20);
  c.expect(fits && !(fields.rights & AccessRights::reserved), name);
}

void check_data(Checker& c) {
  static constexpr const char* names[] = {"ES", "CS limit", "SS", "DS", "FS", "GS"};
  for (unsigned segment = 0; segment < 6; ++segment) {
    if (!c.is_usable(segment)) continue;
    check_limit(c, segment, names[segment]);
    if (segment == cs) continue;
    u64 rights = c.rights(segment), type = AccessRights::Type::get(rights);
    bool fits = segment == ss ? type == 3 || type == 7 : (type & 1) && (!(type & 8) || (type & 2));
    c.expect(fits && AccessRights::NotSystem::get(rights) && AccessRights::Present::get(rights), names[segment]);
  }
}

void check_system(Checker& c) {
  u64 task = c.rights(segment_tr), type = AccessRights::Type::get(task);
  bool busy = type == 11 || (type == 3 && !c.is_long());
  c.expect(busy && c.is_usable(segment_tr) && !AccessRights::NotSystem::get(task) && AccessRights::Present::get(task) &&
               !(c.guest.segments[segment_tr].selector & 4), "TR");
  check_limit(c, segment_tr, "TR limit");
  if (c.is_usable(segment_ldtr)) {
    u64 local = c.rights(segment_ldtr);
    c.expect(AccessRights::Type::get(local) == 2 && !AccessRights::NotSystem::get(local) && AccessRights::Present::get(local), "LDTR");
    check_limit(c, segment_ldtr, "LDTR limit");
  }
  c.expect(!(c.guest.gdtr_limit >> 16) && hvm::is_canonical(c.guest.gdtr_base), "GDTR");
  c.expect(!(c.guest.idtr_limit >> 16) && hvm::is_canonical(c.guest.idtr_base), "IDTR");
}

// In virtual-8086 mode segments are what that mode gives them.
void check_virtual_8086(Checker& c) {
  static constexpr const char* names[] = {"ES in VM86", "CS in VM86", "SS in VM86", "DS in VM86", "FS in VM86", "GS in VM86"};
  for (unsigned segment = 0; segment < 6; ++segment) {
    const SegmentFields& fields = c.guest.segments[segment];
    c.expect(fields.base == u64{fields.selector} << 4 && fields.limit == 0xffff && fields.rights == 0xf3, names[segment]);
  }
}

void check_bases(Checker& c) {
  constexpr unsigned fs = 4, gs = 5;
  for (unsigned segment : {fs, gs, segment_tr, segment_ldtr})
    if (segment != segment_ldtr || c.is_usable(segment))
      c.expect(hvm::is_canonical(c.guest.segments[segment].base), "base of FS, GS, TR or LDTR");
  for (unsigned segment : {0u, cs, ss, 3u})
    if (segment == cs || c.is_usable(segment)) c.expect(!(c.guest.segments[segment].base >> 32), "base of ES, CS, SS or DS");
}

void check_flags(Checker& c) {
  const GuestSnapshot& g = c.guest;
  constexpr u64 reserved = 0xffffffffffc08028;
  c.expect(!(g.rflags & reserved) && (g.rflags & rflags::fixed), "RFLAGS");
  bool protected_mode = g.cr0 & cr0::pe;
  c.expect(!c.is_virtual_8086() || (!c.is_long() && protected_mode), "RFLAGS.VM");
  bool code_is_64_bit = c.is_long() && AccessRights::Long::get(c.rights(cs));
  c.expect(code_is_64_bit || !(g.rip >> 32), "RIP");
  bool injects_interrupt = EventInformation::Valid::get(g.entry_event) && EventInformation::Kind::get(g.entry_event) == 0;
  c.expect(!injects_interrupt || (g.rflags & rflags::interrupt), "RFLAGS.IF for an interrupt");
}

void check_blocking(Checker& c) {
  const GuestSnapshot& g = c.guest;
  u32 state = g.interruptibility;
  c.expect(g.activity == 0, "activity state");
  bool both = (state & blocking::shadow) == blocking::shadow;
  bool sti_fits = !(state & blocking::by_sti) || (g.rflags & rflags::interrupt);
  c.expect(!(state & ~u32{0x1f}) && !both && sti_fits, "interruptibility state");
  if (EventInformation::Valid::get(g.entry_event)) {
    auto kind = static_cast<EventKind>(EventInformation::Kind::get(g.entry_event));
    bool blocked = (kind == EventKind::interrupt && (state & blocking::shadow)) ||
                   (kind == EventKind::nmi && (state & (blocking::by_mov_ss | blocking::by_nmi)));
    c.expect(!blocked, "injected event while such events are blocked");
  }
  c.expect(consistent_pending_debug(g.pending_debug, g.rflags, g.debug_control, state) == g.pending_debug, "pending debug exceptions");
  c.expect(g.link_pointer == ~u64{0}, "VMCS link pointer");
}

void check_page_pointers(Checker& c) {
  if (!(c.guest.cr0 & cr0::pg) || !(c.guest.cr4 & cr4::pae) || c.is_long()) return;
  for (u64 entry : c.guest.page_pointers)
    c.expect(!(entry & 1) || usable_page_pointer(entry, c.physical_bits) == entry, "page-directory pointer");
}

}  // namespace

u64 consistent_pending_debug(u64 pending, u64 rflags_value, u64 debug_control, u32 interruptibility) {
  constexpr u64 single_step = u64{1} << 14;
  if (!(interruptibility & blocking::shadow)) return pending;
  bool steps = (rflags_value & rflags::tf) && !(debug_control & trap_flag_branches);
  return steps ? pending | single_step : pending & ~single_step;
}

WrongFields check_guest(const GuestSnapshot& guest, const Capabilities& processor, unsigned physical_bits) {
  Checker checker{guest, processor, physical_bits};
  check_controls(checker);
  if (checker.is_virtual_8086()) {
    check_virtual_8086(checker);
  } else {
    check_code(checker);
    check_data(checker);
    check_bases(checker);
  }
  check_system(checker);
  check_flags(checker);
  check_blocking(checker);
  check_page_pointers(checker);
  return checker.wrong;
}

}  // namespace xenolith::vmx
