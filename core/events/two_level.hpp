// SPDX-License-Identifier: MIT
// TwoLevelBits: the 2-level ABI. A pending and a mask bit per port in shared_info, a selector bit per word of pending bits in
// vcpu_info. Source: <xen/xen.h>, "Event channel endpoints per domain" and struct vcpu_info.
#pragma once

#include <atomic>

#include "core/base/interface.hpp"
#include "core/base/units.hpp"
#include "core/domain/word_size.hpp"
#include "core/events/guest_bits.hpp"

namespace xenolith {

class Vcpu;

class TwoLevelBits {
 public:
  TwoLevelBits(shared_info_t& shared, GuestWordSize size) : shared_{&shared} { set_word_size(size); }

  // The layout of the guest's pages from now on. One writer; senders that run meanwhile touch a wrong bit of these pages, no more.
  void set_word_size(GuestWordSize size);
  // Ports that the layout has room for.
  u32 port_limit() const { return 1u << (2 * word_shift()); }

  // Any context. `vcpu` is to be told, nullptr if it was not built yet. Return whether the port was pending.
  bool set_pending(Vcpu* vcpu, Port port) const;
  void clear_pending(Port port) const { guest_test_and_clear(pending(port), bit(port)); }
  bool is_pending(Port port) const { return in_range(port) && guest_test(pending(port), bit(port)); }
  bool is_masked(Port port) const { return !in_range(port) || guest_test(mask(port), bit(port)); }
  // Clears the mask bit and tells the vCPU if the port is pending.
  void unmask(Vcpu* vcpu, Port port) const;

 private:
  // The bitmaps are little-endian, so 32-bit accesses reach the same bits whatever the guest's word size.
  GuestWord32* pending(Port port) const { return words(pending_offset) + port.raw() / 32; }
  GuestWord32* mask(Port port) const { return words(mask_offset_.load(std::memory_order_relaxed)) + port.raw() / 32; }
  static unsigned bit(Port port) { return port.raw() % 32; }
  bool in_range(Port port) const { return port.raw() < port_limit(); }
  GuestWord32* words(u16 offset) const {
    return reinterpret_cast<GuestWord32*>(reinterpret_cast<std::byte*>(shared_) + offset);
  }
  bool select(Vcpu& vcpu, Port port) const;
  u8 word_shift() const { return word_shift_.load(std::memory_order_relaxed); }

  static constexpr u16 pending_offset = offsetof(shared_info_t, evtchn_pending);  // in both layouts

  shared_info_t* shared_;
  // Relaxed: any mixture is harmless.
  std::atomic<u16> mask_offset_;
  std::atomic<u8> word_shift_;  // log2 of the bits in a guest word
};

}  // namespace xenolith
