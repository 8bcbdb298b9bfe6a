// SPDX-License-Identifier: MIT
#include "core/events/two_level.hpp"

#include <cstddef>

#include "core/domain/vcpu.hpp"

namespace xenolith {
namespace {
// The 32-bit layout has the same size of vcpu_info, hence the same place of the pending bits; its words are 4 bytes.
constexpr u16 pending_place = offsetof(shared_info_t, evtchn_pending);
constexpr u16 selector_place_64 = offsetof(vcpu_info, evtchn_pending_sel);
constexpr u16 selector_place_32 = 4;
static_assert(pending_place == XEN_LEGACY_MAX_VCPUS * sizeof(vcpu_info) && sizeof(xen_ulong_t) == 8);
static_assert(offsetof(shared_info_t, evtchn_mask) == pending_place + 64 * 8);
}  // namespace

void TwoLevelBits::set_word_size(GuestWordSize size) {
  bool wide = size == GuestWordSize::bits64;
  pending_offset_ = pending_place;
  mask_offset_ = static_cast<u16>(pending_place + (wide ? 64 * 8 : 32 * 4));
  word_shift_ = wide ? 6 : 5;
}

// Sets the selector bit for the port; true if the vCPU has to be told, as the bit was clear.
bool TwoLevelBits::select(Vcpu& vcpu, Port port) const {
  auto* info = reinterpret_cast<std::byte*>(&vcpu.info());
  unsigned word = port.raw() >> word_shift_;
  if (word_shift_ == 6) return !guest_test_and_set(reinterpret_cast<GuestWord64*>(info + selector_place_64), word);
  return !guest_test_and_set(reinterpret_cast<GuestWord32*>(info + selector_place_32), word);
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
