// SPDX-License-Identifier: MIT
// Architecture contract: one entry of the page tables that are a domain's guest-physical map (core/p2m). SVM's format; VMX's EPT
// has its own file beside its own code.
#pragma once

#include "core/base/bits.hpp"
#include "core/base/units.hpp"
#include "core/memory/p2m_types.hpp"

namespace xenolith::arch {

class NestedEntry {
 public:
  constexpr NestedEntry() = default;
  constexpr explicit NestedEntry(u64 raw) : raw_{raw} {}

  static constexpr NestedEntry table(Mfn mfn) { return NestedEntry{mfn.raw() << page_shift | present | writable | user}; }
  static constexpr NestedEntry leaf(Mfn mfn, P2mType type, bool large) {
    u64 raw = mfn.raw() << page_shift | present | user | accessed | (large ? large_page : 0);
    if (is_guest_writable(type)) raw |= writable | dirty;
    if (type == P2mType::grant_writable || type == P2mType::grant_read_only) raw |= no_execute;
    return NestedEntry{Type::set(raw, static_cast<u64>(type))};
  }

  constexpr u64 raw() const { return raw_; }
  constexpr bool is_empty() const { return raw_ == 0; }
  constexpr bool is_large() const { return raw_ & large_page; }
  constexpr Mfn mfn() const { return Mfn{Address::get(raw_)}; }
  constexpr P2mType type() const { return static_cast<P2mType>(Type::get(raw_)); }

 private:
  static constexpr u64 present = 1, writable = 2, user = 4, accessed = 0x20, dirty = 0x40, large_page = 0x80;
  static constexpr u64 no_execute = u64{1} << 63;
  using Address = Bits<51, 12>;
  using Type = Bits<58, 55>;
  u64 raw_ = 0;
};

// Levels of tables, and the order of the root in pages. Bits of guest-physical addresses.
inline unsigned nested_levels() { return 4; }
inline unsigned nested_root_order() { return 0; }
inline unsigned nested_address_bits() { return 48; }
// Whether an entry that is in use must be emptied, and forgotten by all CPUs, before it is given another meaning.
inline constexpr bool nested_needs_break = false;
// After entries have been filled.
inline void note_nested_filled() {}

static_assert(NestedEntry::leaf(Mfn{5}, P2mType::foreign, false).type() == P2mType::foreign);
static_assert(static_cast<u64>(P2mType::ioreq_server) < 16);

}  // namespace xenolith::arch
