// SPDX-License-Identifier: MIT
// ApicEvents: one word that says whether a local APIC has anything for its vCPU to do, and whether that vCPU waits
// to be started.
#pragma once

#include <atomic>
#include <optional>

#include "core/base/bits.hpp"
#include "core/base/types.hpp"

namespace xenolith::vapic {

// Written by all CPUs, taken by the vCPU's own. Raising is sequentially consistent: pairs with the check that the vCPU
// makes after it has marked itself as blocked, so that either it sees the event or the raiser sees it blocked.
class ApicEvents {
 public:
  // Bits 7:0 stand for the eight request registers: a clear bit says that the register is empty.
  static constexpr u32 nmi = 1u << 8;
  static constexpr u32 init = 1u << 9;
  static constexpr u32 startup = 1u << 10;
  static constexpr u32 timer = 1u << 11;
  static constexpr u32 error = 1u << 12;

  bool any() const { return (word_.load(std::memory_order_seq_cst) & all_events) != 0; }
  bool has(u32 event) const { return (word_.load(std::memory_order_acquire) & event) != 0; }
  u32 groups() const { return word_.load(std::memory_order_acquire) & all_groups; }

  void raise(u32 event) { word_.fetch_or(event, std::memory_order_seq_cst); }
  // Clears the event; true if it was there. What was written before raise() is seen.
  bool take(u32 event) {
    return has(event) && (word_.fetch_and(~event, std::memory_order_seq_cst) & event) != 0;
  }
  void raise_group(unsigned index) { raise(1u << index); }
  void clear_group(unsigned index) { word_.fetch_and(~(1u << index), std::memory_order_seq_cst); }

  // ---- the start-up protocol. Source: Intel SDM volume 3, "MP Initialization Protocol Algorithm".
  bool is_waiting() const { return (word_.load(std::memory_order_acquire) & waiting) != 0; }
  void set_waiting(bool value);
  // An NMI; false if it is discarded because the vCPU waits to be started and has no handlers.
  bool request_nmi();
  // An INIT; false if nothing is to be done because the vCPU waits already. Drops a start-up that came earlier.
  bool request_init();
  enum class Startup : u8 {
    ignored,  // the vCPU runs, or another start-up was first
    latched,  // kept until the INIT before it has been performed
    starts,   // the vCPU has stopped waiting
  };
  Startup request_startup(u8 page);
  // Ends the INIT that the own vCPU has performed: true if a start-up is there already, else the vCPU waits now.
  bool finish_init();
  // The page to start at, once.
  std::optional<u8> take_startup();

 private:
  static constexpr u32 all_groups = 0xff;
  static constexpr u32 all_events = 0x1fff;
  static constexpr u32 waiting = 1u << 31;
  using Page = Bits<23, 16>;

  // Replaces the word by change(word) until no other CPU interferes; returns the old word.
  template <class Change>
  u32 update(Change&& change) {
    u32 old = word_.load(std::memory_order_acquire);
    while (!word_.compare_exchange_weak(old, change(old), std::memory_order_seq_cst, std::memory_order_acquire)) {
    }
    return old;
  }

  std::atomic<u32> word_{0};
};

}  // namespace xenolith::vapic
