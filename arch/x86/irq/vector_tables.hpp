// SPDX-License-Identifier: MIT
// Who owns which device vector of which CPU.
#pragma once

#include <array>
#include <atomic>

#include "arch/x86/irq/irq_types.hpp"
#include "arch/x86/irq/vectors.hpp"
#include "core/base/cpu_set.hpp"
#include "core/base/heap_array.hpp"
#include "core/base/lock.hpp"

namespace xenolith::irq {

class HostIrq;

// A vector is free, owned, or retired: given up by its owner, but not handed out again before its CPU has looked that
// no request with it is still waiting in its local APIC (reap). A retired vector may keep its owner, which is still
// told of late arrivals then. Finding the owner takes no lock; the rest takes LockRank::irq_vectors.
class VectorTables {
 public:
  // Makes the CPU's vectors available. Twice does no harm. Fails with EINVAL for numbers beyond arch::max_cpus, ENOMEM.
  Result<void> add_cpu(CpuId cpu);

  // `count` (a power of two up to 32) consecutive vectors, aligned to `count`, of the CPU in `allowed` with the most
  // free ones; successive single vectors get different priorities. Fails with ENOSPC, also when `allowed` has no known
  // CPU.
  Result<VectorSlot> allocate(HostIrq& owner, const CpuSet& allowed, unsigned count);
  // The owner, or nullptr. What it points to is safe inside a DispatchGate::Section only.
  HostIrq* find(CpuId cpu, Vector vector) const;
  // The owner disappears: late arrivals are spurious. Slots that have another owner by now are left alone.
  void disown(VectorSlot first, unsigned count, HostIrq& owner);
  void retire(VectorSlot first, unsigned count);

  // Frees the retired vectors of `cpu` for which done(vector, owner or nullptr) is true. Called on that CPU, inside a
  // DispatchGate::Section, so that owners stay.
  template <class Done>
  void reap(CpuId cpu, Done&& done) {
    CpuTable* table = table_of(cpu);
    if (!table) return;
    Set retired = table->use.with([](Use& use) { return use.retired; });
    for (unsigned i = 0; i < vectors::device_count; ++i) {
      if (!retired.contains(i)) continue;
      Vector vector{static_cast<u8>(vectors::devices_first + i)};
      if (done(vector, find(cpu, vector))) free(*table, i);
    }
  }

  unsigned in_use(CpuId cpu) const;

 private:
  struct Set {
    std::array<u64, 3> word{};
    bool contains(unsigned i) const { return (word[i / 64] >> (i % 64)) & 1; }
    void add(unsigned i) { word[i / 64] |= u64{1} << (i % 64); }
    void remove(unsigned i) { word[i / 64] &= ~(u64{1} << (i % 64)); }
  };
  struct Use {
    Set used, retired;
    unsigned next = 0;  // where the search for a single vector goes on
  };
  struct CpuTable {
    Locked<Use, LockRank::irq_vectors, IrqSafety::interrupt> use;
    std::atomic<unsigned> in_use{0};
    std::array<std::atomic<HostIrq*>, vectors::device_count> owner{};
  };
  static_assert(vectors::device_count <= 3 * 64);

  CpuTable* table_of(CpuId cpu) const;
  CpuTable* least_used(const CpuSet& candidates, CpuId& cpu) const;
  static bool is_free(const Use& use, unsigned first, unsigned count);
  static int find_free(Use& use, unsigned count);
  static int take(CpuTable& table, HostIrq& owner, unsigned count);
  static void free(CpuTable& table, unsigned index);

  std::array<std::atomic<CpuTable*>, arch::max_cpus> tables_{};
  std::array<Own<CpuTable>, arch::max_cpus> owned_;
};

}  // namespace xenolith::irq
