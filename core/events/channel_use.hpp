// SPDX-License-Identifier: MIT
// ChannelUse: a channel's state together with the number of CPUs that use the channel at this moment.
#pragma once

#include <arch/cpu.hpp>

#include <atomic>

#include "core/base/types.hpp"

namespace xenolith {

enum class ChannelState : u8 {
  free,
  reserved,     // port 0
  changing,     // being closed or bound: nobody may begin to use the channel
  unbound,      // waits for bind_interdomain by one domain
  interdomain,  // has a peer
  pirq,
  virq,
  ipi,
};
constexpr bool is_usable(ChannelState state) { return state >= ChannelState::unbound; }

// Senders never wait: they count themselves in while the state is a usable one. Who wants to change the channel makes the
// state `changing`, after which nobody new counts itself in, and waits until those that were inside have left. A
// sender looks before it counts itself in, so that a crowd of senders cannot keep the changer waiting.
class ChannelUse {
 public:
  // Any context.
  ChannelState state() const { return state_of(word_.load(std::memory_order_acquire)); }  // pairs with end_change()

  // Counts the caller in if the state is usable; returns the state seen. leave() follows only if it was usable.
  ChannelState enter() {
    ChannelState seen = state_of(word_.load(std::memory_order_relaxed));
    if (!is_usable(seen)) return seen;
    seen = state_of(word_.fetch_add(1, std::memory_order_acquire));  // pairs with the release in end_change()
    if (!is_usable(seen)) [[unlikely]] leave();
    return seen;
  }
  void leave() { word_.fetch_sub(1, std::memory_order_release); }  // pairs with the acquire in wait_until_unused()

  // The three steps of a change; the caller holds the channel's lock.
  void begin_change() { set(ChannelState::changing, std::memory_order_acq_rel); }
  void wait_until_unused() const {
    while ((word_.load(std::memory_order_acquire) & count_mask) != 0) arch::pause();  // pairs with leave()
  }
  void end_change(ChannelState state) { set(state, std::memory_order_release); }  // pairs with enter()

 private:
  static constexpr unsigned state_shift = 24;
  static constexpr u32 count_mask = (1u << state_shift) - 1;
  static constexpr ChannelState state_of(u32 word) { return static_cast<ChannelState>(word >> state_shift); }

  // The count may move meanwhile, the state has one writer.
  void set(ChannelState state, std::memory_order order) {
    u32 distance = static_cast<u32>(state) - (word_.load(std::memory_order_relaxed) >> state_shift);
    word_.fetch_add(distance << state_shift, order);
  }

  std::atomic<u32> word_{0};
};

// Uses a channel for its lifetime. While it lives, the channel's binding, its peer and the memory behind its pending
// bit stay as they are.
class ChannelGuard {
 public:
  explicit ChannelGuard(ChannelUse& use) : use_{use}, state_{use.enter()} {}
  // The same, but waits while the channel is changing. Not in interrupt context.
  static ChannelGuard waiting(ChannelUse& use) {
    while (use.state() == ChannelState::changing) arch::pause();
    return ChannelGuard{use};
  }
  ~ChannelGuard() {
    if (is_usable(state_)) use_.leave();
  }
  ChannelGuard(const ChannelGuard&) = delete;
  ChannelGuard& operator=(const ChannelGuard&) = delete;

  ChannelState state() const { return state_; }
  explicit operator bool() const { return is_usable(state_); }

 private:
  ChannelUse& use_;
  ChannelState state_;
};

}  // namespace xenolith
