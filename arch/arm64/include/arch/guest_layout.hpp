// SPDX-License-Identifier: MIT
// Architecture contract: how 32-bit guests lay out what they pass and share. On Arm as 64-bit guests do: the interface's words and
// handles have 64 bits for both (xen/arch-arm.h).
#pragma once

#include <cstddef>

#include "core/base/interface.hpp"
#include "core/domain/shared_places.hpp"
#include "core/domain/word_size.hpp"

namespace xenolith::arch {

template <class T>
struct GuestLayout {
  static constexpr bool same = true;
};

inline constexpr SharedPlaces places{offsetof(shared_info_t, evtchn_pending), offsetof(shared_info_t, evtchn_mask),
                                     offsetof(shared_info_t, wc_version),     offsetof(shared_info_t, wc_sec_hi),
                                     offsetof(vcpu_info, evtchn_pending_sel), alignof(vcpu_info)};
constexpr const SharedPlaces& shared_places(GuestWordSize) { return places; }

}  // namespace xenolith::arch
