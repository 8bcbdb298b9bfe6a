// SPDX-License-Identifier: MIT
#include "arch/x86/irq/vector_tables.hpp"

#include "core/base/bits.hpp"

namespace xenolith::irq {
namespace {
constexpr unsigned per_priority = 16;
constexpr unsigned priorities = vectors::device_count / per_priority;
static_assert(vectors::device_count % per_priority == 0);

constexpr bool is_usable(unsigned index) { return vectors::is_device(Vector{static_cast<u8>(vectors::devices_first + index)}); }
}  // namespace

Result<void> VectorTables::add_cpu(CpuId cpu) {
  if (cpu.raw() >= arch::max_cpus) return Failure{XEN_EINVAL};
  if (owned_[cpu.raw()]) return {};
  owned_[cpu.raw()] = TRY(make<CpuTable>());
  tables_[cpu.raw()].store(owned_[cpu.raw()].get(), std::memory_order_release);  // pairs with the acquire in table_of()
  return {};
}

VectorTables::CpuTable* VectorTables::table_of(CpuId cpu) const {
  return cpu.raw() < arch::max_cpus ? tables_[cpu.raw()].load(std::memory_order_acquire) : nullptr;
}

VectorTables::CpuTable* VectorTables::least_used(const CpuSet& candidates, CpuId& cpu) const {
  CpuTable* best = nullptr;
  for (CpuId candidate : candidates) {
    CpuTable* table = table_of(candidate);
    if (!table) continue;
    // a hint: the table's lock decides
    if (best && table->in_use.load(std::memory_order_relaxed) >= best->in_use.load(std::memory_order_relaxed)) continue;
    best = table;
    cpu = candidate;
  }
  return best;
}

bool VectorTables::is_free(const Use& use, unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; ++i)
    if (i >= vectors::device_count || !is_usable(i) || use.used.contains(i)) return false;
  return true;
}

int VectorTables::find_free(Use& use, unsigned count) {
  if (count == 1) {
    for (unsigned n = 0; n < vectors::device_count; ++n) {
      unsigned turn = (use.next + n) % vectors::device_count;
      unsigned index = turn % priorities * per_priority + turn / priorities;
      if (!is_free(use, index, 1)) continue;
      use.next = (turn + 1) % vectors::device_count;
      return static_cast<int>(index);
    }
    return -1;
  }
  // from the top, where single vectors come last within each priority
  for (unsigned end = align_down(vectors::devices_end, count); end >= vectors::devices_first + count; end -= count)
    if (is_free(use, end - count - vectors::devices_first, count)) return static_cast<int>(end - count - vectors::devices_first);
  return -1;
}

int VectorTables::take(CpuTable& table, HostIrq& owner, unsigned count) {
  return table.use.with([&](Use& use) {
    int first = find_free(use, count);
    if (first < 0) return first;
    for (unsigned i = static_cast<unsigned>(first); i < static_cast<unsigned>(first) + count; ++i) {
      use.used.add(i);
      table.owner[i].store(&owner, std::memory_order_release);  // pairs with the acquire in find()
    }
    table.in_use.fetch_add(count, std::memory_order_relaxed);
    return first;
  });
}

Result<VectorSlot> VectorTables::allocate(HostIrq& owner, const CpuSet& allowed, unsigned count) {
  if (!std::has_single_bit(count) || count > 32) return Failure{XEN_EINVAL};
  CpuSet candidates = allowed;
  CpuId cpu{0};
  while (CpuTable* table = least_used(candidates, cpu)) {
    int first = take(*table, owner, count);
    if (first >= 0) return VectorSlot{cpu, Vector{static_cast<u8>(vectors::devices_first + static_cast<unsigned>(first))}};
    candidates.remove(cpu);
  }
  return Failure{XEN_ENOSPC};
}

HostIrq* VectorTables::find(CpuId cpu, Vector vector) const {
  CpuTable* table = table_of(cpu);
  if (!table || !vectors::is_device(vector)) return nullptr;
  // pairs with the release in take() and disown()
  return table->owner[vector.raw() - vectors::devices_first].load(std::memory_order_acquire);
}

void VectorTables::disown(VectorSlot first, unsigned count, HostIrq& owner) {
  CpuTable* table = table_of(first.cpu);
  if (!table) return;
  unsigned index = first.vector.raw() - vectors::devices_first;
  for (unsigned i = index; i < index + count; ++i) {
    HostIrq* expected = &owner;
    table->owner[i].compare_exchange_strong(expected, nullptr, std::memory_order_acq_rel);  // pairs with find()
  }
}

void VectorTables::retire(VectorSlot first, unsigned count) {
  CpuTable* table = table_of(first.cpu);
  if (!table) return;
  unsigned index = first.vector.raw() - vectors::devices_first;
  table->use.with([&](Use& use) {
    for (unsigned i = index; i < index + count; ++i) use.retired.add(i);
  });
}

void VectorTables::free(CpuTable& table, unsigned index) {
  table.use.with([&](Use& use) {
    if (!use.retired.contains(index)) return;
    table.owner[index].store(nullptr, std::memory_order_release);  // pairs with find()
    use.retired.remove(index);
    use.used.remove(index);
    table.in_use.fetch_sub(1, std::memory_order_relaxed);
  });
}

unsigned VectorTables::in_use(CpuId cpu) const {
  CpuTable* table = table_of(cpu);
  return table ? table->in_use.load(std::memory_order_relaxed) : 0;
}

}  // namespace xenolith::irq
