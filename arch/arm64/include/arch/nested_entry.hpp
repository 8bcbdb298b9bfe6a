// SPDX-License-Identifier: MIT
// Architecture contract: one entry of the page tables that are a domain's guest-physical map (core/p2m): stage 2 (ARM Architecture
// Reference Manual, section D8.3.2 "Block descriptor and Page descriptor formats", stage 2; 4 KiB granule).
#pragma once

#include "core/base/bits.hpp"
#include "core/base/units.hpp"
#include "core/memory/p2m_types.hpp"

namespace xenolith::arch {

class NestedEntry {
 public:
  constexpr NestedEntry() = default;
  constexpr explicit NestedEntry(u64 raw) : raw_{raw} {}

  static constexpr NestedEntry table(Mfn mfn) { return NestedEntry{mfn.raw() << page_shift | valid | table_or_page}; }
  // All of it is write-back memory here: a guest's own attributes decide, as stage 1 can only weaken them. A guest without stage 1
  // has device memory.
  static constexpr NestedEntry leaf(Mfn mfn, P2mType type, bool large) {
    u64 raw = mfn.raw() << page_shift | valid | accessed | inner_shareable | readable | (large ? 0 : table_or_page);
    raw = Attribute::set(raw, write_back);
    if (is_guest_writable(type)) raw |= writable;
    if (type == P2mType::grant_writable || type == P2mType::grant_read_only) raw |= no_execute;
    return NestedEntry{Type::set(raw, static_cast<u64>(type))};
  }

  constexpr u64 raw() const { return raw_; }
  constexpr bool is_empty() const { return raw_ == 0; }
  // Asked of entries above level 0.
  constexpr bool is_large() const { return !is_empty() && !(raw_ & table_or_page); }
  constexpr Mfn mfn() const { return Mfn{Bits<47, 12>::get(raw_)}; }
  constexpr P2mType type() const { return static_cast<P2mType>(Type::get(raw_)); }

 private:
  using Attribute = Bits<5, 2>;
  using Type = Bits<58, 55>;  // for software
  static constexpr u64 valid = 1, table_or_page = 2, readable = 1 << 6, writable = 1 << 7, inner_shareable = 3 << 8;
  static constexpr u64 accessed = 1 << 10, no_execute = u64{1} << 54, write_back = 0xf;
  u64 raw_ = 0;
};

// Levels of tables, and the order of the root in pages; bits of guest-physical addresses. As the processors allow: hyp/stage2.hpp.
struct NestedShape {
  unsigned levels, root_order, address_bits;
};
extern NestedShape nested_shape;
inline unsigned nested_levels() { return nested_shape.levels; }
inline unsigned nested_root_order() { return nested_shape.root_order; }
inline unsigned nested_address_bits() { return nested_shape.address_bits; }
inline constexpr unsigned nested_largest_order() { return 18; }  // of one mapping
// Whether an entry that is in use must be emptied, and forgotten by all CPUs, before it is given another meaning.
inline constexpr bool nested_needs_break = true;
// After entries have been filled: no CPU's table walk, begun after this, misses them.
inline void note_nested_filled() { asm volatile("dsb ishst" ::: "memory"); }

static_assert(NestedEntry::leaf(Mfn{5}, P2mType::foreign, false).type() == P2mType::foreign);
static_assert(static_cast<u64>(P2mType::ioreq_server) < 16);

}  // namespace xenolith::arch
