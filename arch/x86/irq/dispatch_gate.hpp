// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

#include <arch/cpu.hpp>

#include "core/base/log.hpp"
#include "core/base/units.hpp"

namespace xenolith::irq {

// Tells when no CPU can still use what it looked up in a vector table: each CPU counts up when it enters and when it
// leaves dispatch, so an odd count means that it is inside.
class DispatchGate {
 public:
  // Dispatch on one CPU, which must be the caller's, with interrupts disabled: sections do not nest.
  class Section {
   public:
    // pairs with the fence in synchronise(): either that sees the odd count, or we see the cleared table
    Section(DispatchGate& gate, CpuId cpu) : count_{gate.lanes_[cpu.raw()].count} {
      count_.fetch_add(1, std::memory_order_seq_cst);
    }
    // pairs with the acquire in synchronise(): what dispatch did is done
    ~Section() { count_.fetch_add(1, std::memory_order_release); }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

   private:
    std::atomic<u64>& count_;
  };

  // Returns when every section that was running has ended. Not from inside a section, nor holding a lock that an
  // InterruptAction may take.
  void synchronise() const {
    std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with the increment in Section()
    for (const Lane& lane : lanes_) {
      u64 before = lane.count.load(std::memory_order_acquire);
      if (before % 2 == 0) continue;
      ASSERT(&lane != &lanes_[arch::this_cpu().raw()]);
      while (lane.count.load(std::memory_order_acquire) == before) arch::pause();
    }
  }

 private:
  struct alignas(arch::cache_line_size) Lane {
    std::atomic<u64> count{0};
  };
  Lane lanes_[arch::max_cpus];
};

}  // namespace xenolith::irq
