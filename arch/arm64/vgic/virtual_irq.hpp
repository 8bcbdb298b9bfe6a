// SPDX-License-Identifier: MIT
// VirtualIrq: the state of one virtual interrupt, in one word that all CPUs change without a lock. docs/gic.md has the rules.
#pragma once

#include <atomic>

#include "core/base/bits.hpp"

namespace xenolith::vgic {

// A picture of the word.
struct IrqWord {
  static constexpr u32 latch = 1u << 0;           // an edge has come, or software has made it pending
  static constexpr u32 line = 1u << 1;            // the line is asserted
  static constexpr u32 active = 1u << 2;          // as far as the hypervisor knows; while loaded, the list register knows better
  static constexpr u32 enabled = 1u << 3;
  static constexpr u32 edge = 1u << 4;            // else level-sensitive
  static constexpr u32 loaded = 1u << 5;          // in a list register of its vCPU
  static constexpr u32 loaded_pending = 1u << 6;  // ... which was written as pending
  static constexpr u32 hardware = 1u << 7;        // ended together with the machine's interrupt of the same number; never changes
  using Priority = Bits<15, 8>;
  using Target = Bits<31, 16>;                    // SPIs: the vCPU that has it

  u32 raw = 0;

  constexpr bool has(u32 flags) const { return (raw & flags) != 0; }
  constexpr bool is_pending() const { return has(latch) || (has(line) && !has(edge)); }
  constexpr bool is_deliverable() const { return has(enabled) && is_pending(); }
  // Its vCPU has something to do for it.
  constexpr bool is_relevant() const { return is_deliverable() || has(active); }
  // It stays where it is until the guest has ended it.
  constexpr bool is_held() const { return has(active | loaded); }
  constexpr u8 priority() const { return static_cast<u8>(Priority::get(raw)); }
  constexpr unsigned target() const { return static_cast<unsigned>(Target::get(raw)); }
};

class VirtualIrq {
 public:
  // pairs with the sequentially consistent change in update(): who sets a candidate bit or a wanted target and reads this then, and
  // who changes this and looks at those then, cannot both miss the other
  IrqWord load() const { return {state_.load(std::memory_order_seq_cst)}; }

  // Replaces the word by change(word) as one step; returns the word before.
  template <class Change>
  IrqWord update(Change&& change) {
    u32 old = state_.load(std::memory_order_acquire);
    while (!state_.compare_exchange_weak(old, change(IrqWord{old}).raw, std::memory_order_seq_cst, std::memory_order_acquire)) {
    }
    return {old};
  }
  IrqWord set(u32 flags) { return {state_.fetch_or(flags, std::memory_order_seq_cst)}; }
  IrqWord clear(u32 flags) { return {state_.fetch_and(~flags, std::memory_order_seq_cst)}; }
  void set_priority(u8 priority) {
    update([&](IrqWord w) { return IrqWord{IrqWord::Priority::set(w.raw, priority)}; });
  }

  // SPIs: the vCPU that the guest has asked for, and how (IROUTER's bit "any"). It takes effect when the interrupt is not held.
  static constexpr u16 any_cpu = 1u << 15;
  u16 wanted() const { return wanted_.load(std::memory_order_seq_cst); }
  void set_wanted(u16 target) { wanted_.store(target, std::memory_order_seq_cst); }
  unsigned wanted_vcpu() const { return wanted() & ~u32{any_cpu}; }

 private:
  std::atomic<u32> state_{0};
  std::atomic<u16> wanted_{0};
};

}  // namespace xenolith::vgic
