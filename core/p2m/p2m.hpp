// SPDX-License-Identifier: MIT
// A domain's guest-physical map as page tables that the processor walks: what <arch/p2m.hpp> is on real machines.
#pragma once

#include <arch/nested_entry.hpp>

#include <atomic>

#include "core/base/lock.hpp"
#include "core/base/own.hpp"
#include "core/memory/heap_pages.hpp"
#include "core/memory/p2m_types.hpp"

namespace xenolith {
class Domain;
}

namespace xenolith::arch {

class P2m {
 public:
  static Result<Own<P2m>> create(Domain& domain);
  ~P2m();

  // What is at `gfn` now. Takes no lock: the answer may be old when it is used; whoever needs the frame to
  // stay takes a reference and looks again (Domain::frame does).
  P2mEntry lookup(Gfn gfn) const { return look(gfn).entry; }
  // The same, with what is needed to look again cheaply: unchanged() says whether the entry still is what it was.
  struct Look {
    P2mEntry entry;
    const u64* place;  // of the entry that decided, in a table that stays until the map ends
    u64 raw;
  };
  Look look(Gfn gfn) const;
  bool unchanged(const Look& look) const { return __atomic_load_n(look.place, __ATOMIC_ACQUIRE) == look.raw; }

  // Puts 2^order frames at `gfn` (aligned to the order; 0, 9 or 18), replacing what is there. For types that hold
  // references the caller passes one reference for each frame. Fails with ENOMEM, EINVAL (alignment, beyond the
  // guest-physical width); then nothing has changed.
  Result<FlushDebt> set(Gfn gfn, Mfn mfn, unsigned order, P2mType type);

  // Takes away what is at gfn..gfn+2^order-1.
  Result<FlushDebt> clear(Gfn gfn, unsigned order) { return set(gfn, invalid_mfn, order, P2mType::none); }

  // Like set() of order 0, only if the entry still is `expected`; EAGAIN otherwise.
  Result<FlushDebt> replace(Gfn gfn, P2mEntry expected, Mfn mfn, P2mType type);

  // The same for what look() has found: walks no further where it is a mapping of one page, or a hole of one.
  Result<FlushDebt> replace(Gfn gfn, const Look& expected, Mfn mfn, P2mType type);

  // Removes everything, in bounded steps: true when there is nothing left. Called when no vCPU runs any more.
  bool teardown_step();

  Gfn maximum() const { return maximum_; }      // highest gfn ever set
  Mfn root() const { return root_.mfn(); }      // of the tables, for the processor
  u64 table_pages() const { return table_pages_; }

 private:
  friend class ::xenolith::Own<P2m>;
  template <class T, class... A>
  friend Result<Own<T>> xenolith::make(A&&...);
  explicit P2m(Domain& domain) : domain_{domain} {}

  struct Guarded {};
  Domain& domain_;
  HeapPages root_;
  Gfn maximum_{0};
  u64 table_pages_ = 0;
  u64 teardown_at_ = 0;
  Locked<Guarded, LockRank::p2m> lock_;
  std::atomic<u32> breaks_{0};  // odd while an entry in use is empty for a moment: look-ups wait

  Look walk(Gfn gfn) const;
  void store(u64* entry, arch::NestedEntry value);
  bool split(u64* entry, unsigned level);

  u64* entry_for_change(Gfn gfn, unsigned order);
  Result<FlushDebt> change(Gfn gfn, Mfn mfn, unsigned order, P2mType type);
  Result<FlushDebt> replace_locked(Gfn gfn, P2mEntry expected, Mfn mfn, P2mType type);
  FlushDebt put(u64* entry, arch::NestedEntry value, unsigned order);
  FlushDebt put_page(u64* entry, Gfn gfn, Mfn mfn, P2mType type);
  Result<FlushDebt> change_pieces(Gfn gfn, Mfn mfn, unsigned order, P2mType type);
  void drop(u64 entry, unsigned level, FlushDebt& debt);
};

}  // namespace xenolith::arch
