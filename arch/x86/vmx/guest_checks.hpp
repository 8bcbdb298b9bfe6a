// SPDX-License-Identifier: MIT
// What a processor checks of a guest's state when it enters (Intel SDM volume 3C, section 27.3 "Checking and Loading Guest State"), as far
// as Xenolith's guests can get it wrong. Used to say which fields look wrong after a failed entry.
#pragma once

#include <array>
#include <span>

#include "arch/x86/vmx/capabilities.hpp"
#include "arch/x86/vmx/segment_format.hpp"
#include "arch/x86/vmx/vmcs_fields.hpp"

namespace xenolith::vmx {

struct GuestSnapshot {
  u64 cr0 = 0, cr3 = 0, cr4 = 0, efer = 0, pat = 0, debug_control = 0, dr7 = 0;
  u64 rip = 0, rsp = 0, rflags = 0;
  std::array<SegmentFields, segment_count> segments{};
  u64 gdtr_base = 0, idtr_base = 0;
  u32 gdtr_limit = 0, idtr_limit = 0;
  u64 sysenter_esp = 0, sysenter_eip = 0;
  u32 interruptibility = 0, activity = 0, entry_event = 0, entry_controls = 0;
  u64 pending_debug = 0, link_pointer = 0;
  std::array<u64, 4> page_pointers{};
};

class WrongFields {
 public:
  void add(const char* name) {
    if (count_ < names_.size()) names_[count_++] = name;
  }
  std::span<const char* const> list() const { return {names_.data(), count_}; }

 private:
  std::array<const char*, 16> names_{};
  size_t count_ = 0;
};

WrongFields check_guest(const GuestSnapshot& guest, const Capabilities& processor, unsigned physical_bits);

// Bits of the interruptibility state.
namespace blocking {
inline constexpr u32 by_sti = 1, by_mov_ss = 2, by_nmi = 8;
inline constexpr u32 shadow = by_sti | by_mov_ss;
}

// The pending-debug-exceptions field as the processor wants it: in an interrupt shadow BS must say whether single-stepping is on.
u64 consistent_pending_debug(u64 pending, u64 rflags, u64 debug_control, u32 interruptibility);

// Page-directory pointers with bits that must not be set would make the entry fail: they become not present, so that their use is a
// page fault of the guest.
constexpr u64 usable_page_pointer(u64 entry, unsigned physical_bits) {
  u64 reserved = 0x1e6 | (physical_bits < 64 ? ~u64{0} << physical_bits : 0);
  return (entry & 1) && !(entry & reserved) ? entry : 0;
}

}  // namespace xenolith::vmx
