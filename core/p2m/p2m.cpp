// SPDX-License-Identifier: MIT
// Page tables of 512 entries, whose format and number of levels are the architecture's (<arch/nested_entry.hpp>); entries carry the
// P2mType. A table, once there, stays until the map ends, so that look-ups need no lock: a large mapping that comes over a table
// is entered piece by piece. Where the architecture wants an entry to be broken before it is replaced (ARM Architecture Reference
// Manual, section D8.14.1 "Using break-before-make when updating translation table entries"), look-ups wait for the moment.
#include "core/p2m/p2m.hpp"

#include <arch/cpu.hpp>
#include <arch/domain.hpp>
#include <arch/mapping.hpp>

#include <atomic>
#include <cstring>

#include "core/base/bits.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::arch {
namespace {

constexpr unsigned entries_per_table = 512;

Gfn end_of_guest_physical() { return Gfn{u64{1} << (nested_address_bits() - page_shift)}; }
constexpr u64 index_at(Gfn gfn, unsigned level) { return (gfn.raw() >> (9 * level)) % entries_per_table; }
// The root may be several tables in a row, so its index is not cut.
constexpr u64 root_index(Gfn gfn, unsigned level) { return gfn.raw() >> (9 * level); }
constexpr u64 frames_at(unsigned level) { return u64{1} << (9 * level); }

u64* table_at(Mfn mfn) { return static_cast<u64*>(heap_address(mfn)); }
NestedEntry load(const u64* entry) { return NestedEntry{__atomic_load_n(entry, __ATOMIC_ACQUIRE)}; }

void free_table(Mfn mfn) { heap_free(heap_address(mfn), page_size); }

}  // namespace

Result<Own<P2m>> P2m::create(Domain& domain) {
  Own<P2m> map = TRY(make<P2m>(domain));
  map->root_ = TRY(HeapPages::allocate(nested_root_order()));
  map->table_pages_ = u64{1} << nested_root_order();
  return map;
}

P2m::~P2m() {
  while (teardown_step()) {
  }
}

P2m::Look P2m::walk(Gfn gfn) const {
  const u64* place = root_.as<u64>() + root_index(gfn, nested_levels() - 1);
  for (unsigned order = 9 * (nested_levels() - 1);; order -= 9) {
    NestedEntry entry = load(place);
    if (entry.is_empty()) return {{invalid_mfn, P2mType::none, static_cast<u8>(order)}, place, 0};
    if (order == 0 || entry.is_large()) {
      Mfn mfn = entry.mfn() + (gfn.raw() & ((u64{1} << order) - 1));
      return {{mfn, entry.type(), static_cast<u8>(order)}, place, entry.raw()};
    }
    place = table_at(entry.mfn()) + (gfn.raw() >> (order - 9)) % entries_per_table;
  }
}

P2m::Look P2m::look(Gfn gfn) const {
  static constexpr u64 nothing = 0;
  if (gfn >= end_of_guest_physical()) return {{}, &nothing, 0};
  if constexpr (!nested_needs_break) return walk(gfn);
  for (;;) {
    u32 before = breaks_.load(std::memory_order_acquire);  // pairs with the releases in store()
    Look found = walk(gfn);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (!(before & 1) && breaks_.load(std::memory_order_relaxed) == before) return found;
    pause();
  }
}

// Changes an entry; the lock is held.
void P2m::store(u64* entry, NestedEntry value) {
  bool breaks = nested_needs_break && !load(entry).is_empty() && !value.is_empty();
  if (breaks) {
    breaks_.fetch_add(1, std::memory_order_acq_rel);
    __atomic_store_n(entry, u64{0}, __ATOMIC_RELEASE);
    flush_p2m(domain_);
  }
  __atomic_store_n(entry, value.raw(), __ATOMIC_RELEASE);
  note_nested_filled();
  if (breaks) breaks_.fetch_add(1, std::memory_order_release);
}

// Replaces a large mapping by a table of the next smaller ones.
bool P2m::split(u64* entry, unsigned level) {
  auto* table = static_cast<u64*>(heap_allocate(page_size, page_size));
  if (!table) return false;
  ++table_pages_;
  NestedEntry large = load(entry);
  for (unsigned i = 0; i < entries_per_table; ++i) {
    Mfn mfn = large.mfn() + i * frames_at(level - 1);
    table[i] = NestedEntry::leaf(mfn, large.type(), level - 1 > 0).raw();
  }
  store(entry, NestedEntry::table(heap_frame(table)));
  return true;
}

// The entry that maps 2^order frames at gfn, tables above made, or nullptr when memory runs out.
u64* P2m::entry_for_change(Gfn gfn, unsigned order) {
  u64* entry = root_.as<u64>() + root_index(gfn, nested_levels() - 1);
  for (unsigned level = nested_levels() - 1; level > order / 9; --level) {
    NestedEntry now = load(entry);
    if (now.is_empty()) {
      void* made = heap_allocate(page_size, page_size);
      if (!made) return nullptr;
      ++table_pages_;
      store(entry, NestedEntry::table(heap_frame(made)));
    } else if (now.is_large() && !split(entry, level)) {
      return nullptr;
    }
    entry = table_at(load(entry).mfn()) + index_at(gfn, level - 1);
  }
  return entry;
}

// Lets go of what an entry held. A table below it is let go of only at the end of the map, when nobody looks any more.
void P2m::drop(u64 raw, unsigned level, FlushDebt& debt) {
  NestedEntry entry{raw};
  if (entry.is_empty()) return;
  if (level > 0 && !entry.is_large()) {
    u64* table = table_at(entry.mfn());
    for (unsigned i = 0; i < entries_per_table; ++i) drop(table[i], level - 1, debt);
    free_table(entry.mfn());
    --table_pages_;
  } else if (holds_reference(entry.type())) {
    for (u64 i = 0; i < frames_at(level); ++i) debt.add(FrameRef::adopt(known_frame(entry.mfn() + i)));
  }
}

Result<FlushDebt> P2m::change(Gfn gfn, Mfn mfn, unsigned order, P2mType type) {
  if ((order != 0 && order != 9 && order != 18) || !is_aligned(gfn.raw(), u64{1} << order)) return Failure{XEN_EINVAL};
  if (type != P2mType::none && !is_aligned(mfn.raw(), u64{1} << order)) return Failure{XEN_EINVAL};
  if (gfn >= end_of_guest_physical()) return Failure{XEN_EINVAL};
  if (order > nested_largest_order()) return change_pieces(gfn, mfn, order - 9, type);
  u64* entry = entry_for_change(gfn, order);
  if (!entry) return Failure{XEN_ENOMEM};
  NestedEntry before = load(entry);
  if (order > 0 && !before.is_empty() && !before.is_large()) return change_pieces(gfn, mfn, order - 9, type);
  if (type == P2mType::none) return put(entry, NestedEntry{}, order);
  maximum_ = std::max(maximum_, gfn + ((u64{1} << order) - 1));
  return put(entry, NestedEntry::leaf(mfn, type, order > 0), order);
}

FlushDebt P2m::put(u64* entry, NestedEntry value, unsigned order) {
  NestedEntry before = load(entry);
  store(entry, value);
  if (before.is_empty()) return FlushDebt{};  // what was not present is in no TLB
  FlushDebt debt{domain_};
  drop(before.raw(), order / 9, debt);
  return debt;
}

// The 512 next smaller pieces of a mapping. A failure leaves those before it changed: only memory for tables can fail, and
// they are all there or made for the first piece that lacks one.
Result<FlushDebt> P2m::change_pieces(Gfn gfn, Mfn mfn, unsigned order, P2mType type) {
  FlushDebt debt{domain_};
  for (u64 i = 0; i < entries_per_table; ++i) {
    u64 distance = i << order;
    debt.merge(TRY(change(gfn + distance, type == P2mType::none ? invalid_mfn : mfn + distance, order, type)));
  }
  return Result<FlushDebt>{std::move(debt)};
}

Result<FlushDebt> P2m::set(Gfn gfn, Mfn mfn, unsigned order, P2mType type) {
  return lock_.with([&](Guarded&) { return change(gfn, mfn, order, type); });
}

Result<FlushDebt> P2m::replace(Gfn gfn, P2mEntry expected, Mfn mfn, P2mType type) {
  return lock_.with([&](Guarded&) { return replace_locked(gfn, expected, mfn, type); });
}

Result<FlushDebt> P2m::replace_locked(Gfn gfn, P2mEntry expected, Mfn mfn, P2mType type) {
  if (gfn >= end_of_guest_physical()) return Failure{XEN_EINVAL};
  u64* entry = entry_for_change(gfn, 0);
  if (!entry) return Failure{XEN_ENOMEM};
  NestedEntry now = load(entry);
  bool is_expected = now.is_empty() ? expected.type == P2mType::none : now.mfn() == expected.mfn && now.type() == expected.type;
  if (!is_expected) return Failure{XEN_EAGAIN};
  return put_page(entry, gfn, mfn, type);
}

FlushDebt P2m::put_page(u64* entry, Gfn gfn, Mfn mfn, P2mType type) {
  if (type == P2mType::none) return put(entry, NestedEntry{}, 0);
  maximum_ = std::max(maximum_, gfn);
  return put(entry, NestedEntry::leaf(mfn, type, false), 0);
}

// A table, once there, stays until the map ends.
Result<FlushDebt> P2m::replace(Gfn gfn, const Look& expected, Mfn mfn, P2mType type) {
  if (expected.entry.order != 0) return replace(gfn, expected.entry, mfn, type);
  return lock_.with([&](Guarded&) -> Result<FlushDebt> {
    if (!unchanged(expected)) return Failure{XEN_EAGAIN};
    return put_page(const_cast<u64*>(expected.place), gfn, mfn, type);
  });
}

// Empties one GiB at a time, or one table below the root if that is less, then the root.
bool P2m::teardown_step() {
  if (!root_) return false;
  unsigned top = nested_levels() - 1;
  u64 entries = root_.size() / sizeof(u64);
  bool more = lock_.with([&](Guarded&) {
    u64* root = root_.as<u64>();
    for (; teardown_at_ < entries; ++teardown_at_) {
      NestedEntry upper = load(root + teardown_at_);
      if (upper.is_empty()) continue;
      FlushDebt debt{domain_};
      if (top > 2) {
        u64* third = table_at(upper.mfn());
        for (unsigned i = 0; i < entries_per_table; ++i) {
          if (!third[i]) continue;
          drop(std::exchange(third[i], 0), top - 1, debt);
          return true;
        }
      }
      drop(std::exchange(root[teardown_at_], 0), top, debt);
      if (top <= 2) return true;
    }
    return false;
  });
  if (!more) root_ = {};
  return more;
}

}  // namespace xenolith::arch
