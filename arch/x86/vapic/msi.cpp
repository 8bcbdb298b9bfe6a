// SPDX-License-Identifier: MIT
#include "arch/x86/vapic/msi.hpp"

#include "core/base/bits.hpp"

namespace xenolith::vapic {

namespace {
constexpr u64 msi_window = 0xfee;  // address bits 63:20

// With a logical destination the redirection hint asks for one of the destinations instead of all.
DeliveryMode redirected(DeliveryMode mode, bool hint, bool logical) {
  return mode == DeliveryMode::fixed && hint && logical ? DeliveryMode::lowest_priority : mode;
}
}  // namespace

Result<InterruptMessage> decode_msi(u64 address, u32 data) {
  if (Bits<63, 20>::get(address) != msi_window) return Failure{XEN_EINVAL};
  auto mode = static_cast<DeliveryMode>(Bits<10, 8>::get(data));
  if (mode == DeliveryMode::reserved || mode == DeliveryMode::startup) return Failure{XEN_EINVAL};
  bool level = Bits<15>::get(data), asserted = Bits<14>::get(data);
  if (level && !asserted) return Failure{XEN_EOPNOTSUPP};
  bool logical = Bits<2>::get(address);
  u32 destination = static_cast<u32>(Bits<19, 12>::get(address) | Bits<11, 5>::get(address) << 8);
  return InterruptMessage{Vector{static_cast<u8>(Bits<7, 0>::get(data))},
                          redirected(mode, Bits<3>::get(address), logical), level ? Trigger::level : Trigger::edge,
                          {destination, logical}};
}

Result<unsigned> deliver_msi(ApicBus& bus, u64 address, u32 data) {
  return bus.deliver(TRY(decode_msi(address, data)));
}

}  // namespace xenolith::vapic
