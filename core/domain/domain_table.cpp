// SPDX-License-Identifier: MIT
#include <algorithm>
#include <bit>

#include "core/base/bits.hpp"
#include "core/domain/domain.hpp"

namespace xenolith {
namespace {

// Two levels, so that the common few domains cost one page: chunks are allocated when first used and stay.
constexpr unsigned chunk_size = 512;
constexpr unsigned chunks = DOMID_FIRST_RESERVED / chunk_size + 1;
using Slot = std::atomic<Domain*>;

constinit std::atomic<Slot*> table[chunks];
// A bit for each number that is in use, set after the slot and cleared before it: where to look, not what is there.
constexpr unsigned word_bits = 64;
constinit std::atomic<u64> used[(DOMID_FIRST_RESERVED + word_bits - 1) / word_bits];
constinit std::atomic<u32> end_of_used{0};  // above every number that has ever been used; grows under the lock
constinit std::atomic<Domain*> hardware{nullptr};

struct Guarded {};
constinit Locked<Guarded, LockRank::domain_list> changes;

Slot* slot(DomainId id) {
  if (id.raw() >= DOMID_FIRST_RESERVED) return nullptr;
  Slot* chunk = table[id.raw() / chunk_size].load(std::memory_order_acquire);
  return chunk ? chunk + id.raw() % chunk_size : nullptr;
}

Result<void> ensure_chunk(DomainId id) {
  std::atomic<Slot*>& chunk = table[id.raw() / chunk_size];
  if (chunk.load(std::memory_order_relaxed)) return {};
  void* memory = heap_allocate(chunk_size * sizeof(Slot), page_size);
  if (!memory) return Failure{XEN_ENOMEM};
  chunk.store(static_cast<Slot*>(memory), std::memory_order_release);  // pairs with the acquire in slot()
  return {};
}

void mark(DomainId id, bool in_use) {
  std::atomic<u64>& word = used[id.raw() / word_bits];
  const u64 mask = bit(id.raw() % word_bits);
  if (in_use) word.fetch_or(mask, std::memory_order_release);  // pairs with the acquire in next()
  else word.fetch_and(~mask, std::memory_order_relaxed);
}

}  // namespace

Domain* DomainTable::find(DomainId id) {
  Slot* at = slot(id);
  return at ? at->load(std::memory_order_acquire) : nullptr;
}

Result<Domain*> DomainTable::find(const Vcpu& caller, domid_t id) {
  if (id == DOMID_SELF) return &caller.domain();
  Domain* domain = find(DomainId{id});
  if (!domain) return Failure{XEN_ESRCH};
  return domain;
}

Domain* DomainTable::next(DomainId from) {
  const u32 end = end_of_used.load(std::memory_order_acquire);  // pairs with the release in publish()
  for (u32 id = from.raw(); id < end;) {
    if (!table[id / chunk_size].load(std::memory_order_acquire)) {
      id = (id / chunk_size + 1) * chunk_size;
      continue;
    }
    const u64 rest = used[id / word_bits].load(std::memory_order_acquire) >> id % word_bits;
    if (rest == 0) {
      id = (id / word_bits + 1) * word_bits;
      continue;
    }
    id += static_cast<u32>(std::countr_zero(rest));
    if (Domain* domain = find(DomainId{static_cast<u16>(id)})) return domain;
    ++id;
  }
  return nullptr;
}

Result<void> DomainTable::publish(Ref<Domain> domain) {
  return changes.with([&](Guarded&) -> Result<void> {
    TRY(ensure_chunk(domain->id()));
    Slot* at = slot(domain->id());
    if (at->load(std::memory_order_relaxed)) return Failure{XEN_EEXIST};
    if (domain->is_hardware()) hardware.store(domain.get(), std::memory_order_release);
    domain->ref();  // the table's
    at->store(domain.get(), std::memory_order_release);
    mark(domain->id(), true);
    end_of_used.store(std::max(end_of_used.load(std::memory_order_relaxed), u32{domain->id().raw()} + 1), std::memory_order_release);
    return {};
  });
}

void DomainTable::withdraw(DomainId id) {
  if (Domain* domain = find(id)) withdraw(*domain);
}

void DomainTable::withdraw(const Domain& leaving) {
  Domain* gone = changes.with([&](Guarded&) -> Domain* {
    Slot* at = slot(leaving.id());
    if (!at || at->load(std::memory_order_relaxed) != &leaving) return nullptr;
    mark(leaving.id(), false);
    Domain* domain = at->exchange(nullptr, std::memory_order_acq_rel);
    Domain* expected = domain;
    if (domain) hardware.compare_exchange_strong(expected, nullptr);
    return domain;
  });
  if (gone) gone->unref();
}

Result<DomainId> DomainTable::free_id(DomainId from) {
  for (unsigned n = 0; n < DOMID_FIRST_RESERVED; ++n) {
    unsigned id = (from.raw() + n) % DOMID_FIRST_RESERVED;
    if (id != 0 && !find(DomainId{static_cast<u16>(id)})) return DomainId{static_cast<u16>(id)};
  }
  return Failure{XEN_ENOMEM};
}

Domain* DomainTable::hardware_domain() { return hardware.load(std::memory_order_acquire); }

}  // namespace xenolith
