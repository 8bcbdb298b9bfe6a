// SPDX-License-Identifier: MIT
// Architecture contract: one entry of the page tables that are a domain's guest-physical map (core/p2m). What look-ups need (the frame,
// the size, the type) lies at the same bits in all formats; what the hardware reads differs and comes from a table that the vendor
// fills at boot, so that only making an entry asks which hardware this is.
#pragma once

#include <array>

#include "core/base/bits.hpp"
#include "core/base/units.hpp"
#include "core/memory/p2m_types.hpp"

namespace xenolith::arch {

inline constexpr unsigned p2m_type_count = 16;  // as many as the software bits can tell apart

// What a vendor's hardware wants to see.
struct NestedFormat {
  u64 table = 0;                              // in an entry that points at a table
  std::array<u64, p2m_type_count> leaf{};     // in an entry that maps memory, by P2mType
  unsigned largest_order = 0;                 // of one mapping: 0, 9 or 18
};

// The format of this machine, from hvm::detect_vendor() on.
const NestedFormat& nested_format();

class NestedEntry {
 public:
  constexpr NestedEntry() = default;
  constexpr explicit NestedEntry(u64 raw) : raw_{raw} {}

  static constexpr NestedEntry table(const NestedFormat& format, Mfn mfn) {
    return NestedEntry{mfn.raw() << page_shift | format.table};
  }
  static constexpr NestedEntry leaf(const NestedFormat& format, Mfn mfn, P2mType type, bool large) {
    u64 raw = mfn.raw() << page_shift | format.leaf[static_cast<unsigned>(type)] | (large ? large_page : 0);
    return NestedEntry{Type::set(raw, static_cast<u64>(type))};
  }
  static NestedEntry table(Mfn mfn) { return table(nested_format(), mfn); }
  static NestedEntry leaf(Mfn mfn, P2mType type, bool large) { return leaf(nested_format(), mfn, type, large); }

  constexpr u64 raw() const { return raw_; }
  constexpr bool is_empty() const { return raw_ == 0; }
  constexpr bool is_large() const { return raw_ & large_page; }
  constexpr Mfn mfn() const { return Mfn{Address::get(raw_)}; }
  constexpr P2mType type() const { return static_cast<P2mType>(Type::get(raw_)); }

  // The bits that are the same in all formats; a format's own bits are outside of them.
  static constexpr u64 common_bits() { return Address::mask | Type::mask | large_page; }

 private:
  // AMD64 APM volume 2, section 5.3 "Long-Mode Page Translation": bits 58:52 are available to software; Intel SDM volume 3C,
  // section 29.3.2 "EPT Translation Mechanism": so are 56:52 in a leaf.
  static constexpr u64 large_page = 0x80;
  using Address = Bits<51, 12>;
  using Type = Bits<55, 52>;
  u64 raw_ = 0;
};
static_assert(static_cast<u64>(P2mType::ioreq_server) < p2m_type_count);

// Levels of tables, and the order of the root in pages. Bits of guest-physical addresses. The largest order of one mapping.
inline unsigned nested_levels() { return 4; }
inline unsigned nested_root_order() { return 0; }
inline unsigned nested_address_bits() { return 48; }
inline unsigned nested_largest_order() { return nested_format().largest_order; }
// Whether an entry that is in use must be emptied, and forgotten by all CPUs, before it is given another meaning.
inline constexpr bool nested_needs_break = false;
// After entries have been filled.
inline void note_nested_filled() {}

// A format's leaves, from what the hardware wants for each type.
template <class LeafBits>
constexpr NestedFormat make_nested_format(u64 table, unsigned largest_order, LeafBits&& leaf_bits) {
  NestedFormat format{.table = table, .leaf = {}, .largest_order = largest_order};
  for (unsigned type = 1; type < p2m_type_count; ++type) format.leaf[type] = leaf_bits(static_cast<P2mType>(type));
  return format;
}

constexpr bool is_guest_executable(P2mType type) {
  return type != P2mType::none && type != P2mType::grant_writable && type != P2mType::grant_read_only;
}

}  // namespace xenolith::arch
