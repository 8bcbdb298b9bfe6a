// SPDX-License-Identifier: MIT
#include "core/events/two_level.hpp"

#include <arch/guest_layout.hpp>

#include <cstddef>

#include "core/domain/vcpu.hpp"

namespace xenolith {
namespace {
constexpr u16 place_64 = arch::shared_places(GuestWordSize::bits64).selector;
constexpr u16 place_32 = arch::shared_places(GuestWordSize::bits32).selector;
}  // namespace

void TwoLevelBits::set_word_size(GuestWordSize size) {
  mask_offset_.store(arch::shared_places(size).mask, std::memory_order_relaxed);
  word_shift_.store(size == GuestWordSize::bits64 ? 6 : 5, std::memory_order_relaxed);
}

// Sets the selector bit for the port; true if the vCPU has to be told, as the bit was clear.
bool TwoLevelBits::select(Vcpu& vcpu, Port port) const {
  auto* info = reinterpret_cast<std::byte*>(&vcpu.info());
  unsigned shift = word_shift(), word = port.raw() >> shift;
  if (shift == 6) return !guest_test_and_set(reinterpret_cast<GuestWord64*>(info + place_64), word);
  return !guest_test_and_set(reinterpret_cast<GuestWord32*>(info + place_32), word % 32);
}

bool TwoLevelBits::set_pending(Vcpu* vcpu, Port port) const {
  if (!in_range(port)) [[unlikely]] return true;
  if (guest_test_and_set(pending(port), bit(port))) return true;
  if (vcpu && !guest_test(mask(port), bit(port)) && select(*vcpu, port)) vcpu->raise_upcall();
  return false;
}

void TwoLevelBits::unmask(Vcpu* vcpu, Port port) const {
  if (!in_range(port) || !guest_test_and_clear(mask(port), bit(port))) return;
  if (vcpu && guest_test(pending(port), bit(port)) && select(*vcpu, port)) vcpu->raise_upcall();
}

}  // namespace xenolith
