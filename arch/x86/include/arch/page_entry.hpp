// SPDX-License-Identifier: MIT
// Architecture contract: one entry of the hypervisor's own page tables (AMD64 APM volume 2, section 5.3 "Long-Mode Page
// Translation"), and what must follow a change of one. Four levels of 512 entries; level 0 maps pages of 4 KiB.
#pragma once

#include "core/base/bits.hpp"
#include "core/base/units.hpp"
#include "core/paging/access.hpp"

namespace xenolith::arch {

class PageEntry {
 public:
  constexpr explicit PageEntry(u64 raw) : raw_{raw} {}

  // A page, or at a higher level a large one.
  static constexpr PageEntry leaf(Mfn mfn, mm::Access access, unsigned level) {
    u64 raw = mfn.raw() << page_shift | present | accessed | global | (level > 0 ? large_page : 0);
    if (access != mm::Access::read_execute) raw |= no_execute;
    if (access == mm::Access::read_write || access == mm::Access::device) raw |= writable | dirty;
    if (access == mm::Access::device) raw |= uncached | write_through;
    return PageEntry{raw};
  }
  static constexpr PageEntry table(Mfn mfn) { return PageEntry{mfn.raw() << page_shift | present | writable | accessed}; }

  constexpr u64 raw() const { return raw_; }
  constexpr bool is_present() const { return raw_ & present; }
  // Above level 0: a page rather than a table.
  constexpr bool is_large() const { return raw_ & large_page; }
  constexpr Mfn mfn() const { return Mfn{Bits<51, 12>::get(raw_)}; }

  // The highest level at which a page may be mapped.
  static unsigned highest_leaf_level();

 private:
  static constexpr u64 present = 1, writable = 2, write_through = 8, uncached = 0x10, accessed = 0x20, dirty = 0x40;
  static constexpr u64 large_page = 0x80, global = 0x100, no_execute = u64{1} << 63;
  u64 raw_;
};

// After an entry that was empty has been filled: this CPU sees it from here on.
inline void note_entry_filled() {}
// After an entry has been emptied: this CPU forgets the page.
inline void forget_page(HostVirtual at) { asm volatile("invlpg (%0)" ::"r"(at.raw()) : "memory"); }

}  // namespace xenolith::arch
