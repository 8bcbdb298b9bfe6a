// SPDX-License-Identifier: MIT
// Architecture contract: one entry of the hypervisor's own page tables (ARM Architecture Reference Manual, section D8.3
// "Translation table descriptor formats", EL2 translation regime, 4 KiB granule), and what must follow a change of one. Four levels
// of 512 entries; level 0 here, the manual's level 3, maps pages of 4 KiB.
#pragma once

#include "core/base/bits.hpp"
#include "core/base/units.hpp"
#include "core/paging/access.hpp"

namespace xenolith::arch {

// Indexes into MAIR_EL2, which boot/head.S sets: device nGnRnE, device nGnRE, normal write-back.
enum class MemoryAttribute : u8 { device_strong = 0, device = 1, normal = 2 };

class PageEntry {
 public:
  constexpr explicit PageEntry(u64 raw) : raw_{raw} {}

  // A page, or at a higher level a block.
  static constexpr PageEntry leaf(Mfn mfn, mm::Access access, unsigned level) {
    u64 raw = mfn.raw() << page_shift | valid | accessed | resident_one | (level == 0 ? table_or_page : 0);
    if (access != mm::Access::read_execute) raw |= no_execute;
    if (access == mm::Access::read_execute || access == mm::Access::read_only) raw |= read_only;
    if (access == mm::Access::device) raw |= Attribute::set(u64{0}, static_cast<u64>(MemoryAttribute::device));
    else raw |= Attribute::set(inner_shareable, static_cast<u64>(MemoryAttribute::normal));
    return PageEntry{raw};
  }
  static constexpr PageEntry table(Mfn mfn) { return PageEntry{mfn.raw() << page_shift | valid | table_or_page}; }

  constexpr u64 raw() const { return raw_; }
  constexpr bool is_present() const { return raw_ & valid; }
  // Above level 0: a block rather than a table.
  constexpr bool is_large() const { return is_present() && !(raw_ & table_or_page); }
  constexpr Mfn mfn() const { return Mfn{Bits<47, 12>::get(raw_)}; }

  // The highest level at which a block may be mapped: 1 GiB.
  static constexpr unsigned highest_leaf_level() { return 2; }

 private:
  using Attribute = Bits<4, 2>;
  static constexpr u64 valid = 1, table_or_page = 2, resident_one = 1 << 6 /* AP[1] is RES1 at EL2 */, read_only = 1 << 7;
  static constexpr u64 inner_shareable = 3 << 8, accessed = 1 << 10, no_execute = u64{1} << 54;
  u64 raw_;
};

// After an entry that was empty has been filled: this CPU's table walks see it, and what follows is not fetched before.
inline void note_entry_filled() { asm volatile("dsb ishst; isb" ::: "memory"); }
// After an entry has been emptied: this CPU forgets the page.
inline void forget_page(HostVirtual at) {
  asm volatile("dsb nshst; tlbi vae2, %0; dsb nsh; isb" ::"r"(at.raw() >> page_shift) : "memory");
}

}  // namespace xenolith::arch
