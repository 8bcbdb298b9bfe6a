// SPDX-License-Identifier: MIT
// SharedEntry: the hypervisor's access to one entry of a shared grant table, which the granter may rewrite at any moment.
// Protocol: <xen/grant_table.h>, "struct grant_entry_v1" and "Version 2 grant table entries".
#pragma once

#include "core/base/interface.hpp"
#include "core/base/units.hpp"
#include "core/grants/grant_result.hpp"

namespace xenolith {

static_assert(sizeof(grant_entry_v1_t) == 8 && sizeof(grant_entry_v2_t) == 16 && sizeof(grant_status_t) == 2);

enum class GrantVersion : u32 { v1 = 1, v2 = 2 };

constexpr u32 entries_per_frame(GrantVersion version) {
  return version == GrantVersion::v1 ? page_size / sizeof(grant_entry_v1_t) : page_size / sizeof(grant_entry_v2_t);
}
inline constexpr u32 most_entries_per_frame = entries_per_frame(GrantVersion::v1);
inline constexpr u32 statuses_per_frame = page_size / sizeof(grant_status_t);

// flags and domid of an entry, as one word that is read and compared at once: flags in the low half.
class GrantHeader {
 public:
  constexpr explicit GrantHeader(u32 word) : word_{word} {}
  constexpr u32 word() const { return word_; }
  constexpr u16 flags() const { return static_cast<u16>(word_); }
  constexpr u16 type() const { return flags() & GTF_type_mask; }
  constexpr DomainId domain() const { return DomainId{static_cast<u16>(word_ >> 16)}; }
  constexpr GrantHeader with(u16 flags) const { return GrantHeader{word_ | flags}; }
  constexpr bool operator==(const GrantHeader&) const = default;

 private:
  u32 word_;
};

// What somebody wants to do with a grant.
struct GrantUse {
  DomainId accessor;
  bool write;
  bool map;         // into its physical map; else to copy
  bool transitive;  // may be satisfied by a transitive grant
};

// What an entry grants, read once.
struct GrantBody {
  Gfn frame{};
  u16 offset = 0;
  u16 length = page_size;
  DomainId via_domain{DOMID_INVALID};  // transitive only: the grant that is passed on
  GrantRef via_ref{};
};

class SharedEntry {
 public:
  explicit SharedEntry(grant_entry_v1_t& entry)
      : header_{reinterpret_cast<u32*>(&entry)}, use_{&entry.flags}, v1_{&entry} {}
  SharedEntry(grant_entry_v2_t& entry, grant_status_t& status)
      : header_{reinterpret_cast<u32*>(&entry)}, use_{&status}, v2_{&entry} {}

  // Tells the granter by GTF_reading (and GTF_writing) that the entry is in use, atomically with the check that it allows
  // `use`; returns the header that allowed it. Fails with general_error when it does not, or when the granter keeps
  // changing the entry; the bits are as before then. `had_reading` and `had_writing`: bits that earlier uses have set.
  // Called under the entry's LockRank::grant_entry.
  GrantResult<GrantHeader> begin_use(const GrantUse& use, bool had_reading, bool had_writing);
  // Takes bits back, after everything that the use did. Same lock.
  void end_use(u16 bits);
  // The rest of the entry. After begin_use() an honest granter does not change it any more.
  GrantBody body(GrantHeader header) const;
  GrantHeader header() const { return GrantHeader{__atomic_load_n(header_, __ATOMIC_ACQUIRE)}; }
  // Swaps contents with `other` of the same version; both are locked against use.
  void swap(SharedEntry& other);

 private:
  GrantResult<GrantHeader> begin_v1(const GrantUse& use, u16 bits);
  GrantResult<GrantHeader> begin_v2(const GrantUse& use, u16 bits, u16 added);
  bool allows(GrantHeader header, const GrantUse& use) const;

  u32* header_;
  u16* use_;  // where GTF_reading and GTF_writing lie
  grant_entry_v1_t* v1_ = nullptr;
  grant_entry_v2_t* v2_ = nullptr;
};

}  // namespace xenolith
