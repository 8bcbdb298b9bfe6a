// SPDX-License-Identifier: MIT
// Where the pages that a domain shares with the hypervisor hold what the hypervisor uses, for each width of the guest's words.
#pragma once

#include <cstddef>

#include "arch/x86/compat/interface_32.hpp"
#include "core/domain/shared_places.hpp"
#include "core/domain/word_size.hpp"

namespace xenolith::arch {

inline constexpr SharedPlaces places_64{offsetof(shared_info_t, evtchn_pending), offsetof(shared_info_t, evtchn_mask),
                                        offsetof(shared_info_t, wc_version),     offsetof(shared_info_t, xen_wc_sec_hi),
                                        offsetof(vcpu_info, evtchn_pending_sel), alignof(vcpu_info)};
inline constexpr SharedPlaces places_32{offsetof(compat::shared_info, evtchn_pending),
                                        offsetof(compat::shared_info, evtchn_mask),
                                        offsetof(compat::shared_info, wc_version),
                                        offsetof(compat::shared_info, arch) + offsetof(compat::arch_shared_info, wc_sec_hi),
                                        offsetof(compat::vcpu_info, evtchn_pending_sel),
                                        alignof(compat::vcpu_info)};

constexpr const SharedPlaces& shared_places(GuestWordSize words) {
  return words == GuestWordSize::bits64 ? places_64 : places_32;
}

// What both layouts have at the same place: core uses the native structures for it.
static_assert(sizeof(vcpu_info) == sizeof(compat::vcpu_info) && places_64.pending == places_32.pending);
static_assert(offsetof(vcpu_info, time) == offsetof(compat::vcpu_info, time));
static_assert(offsetof(vcpu_info, evtchn_upcall_mask) == offsetof(compat::vcpu_info, evtchn_upcall_mask));

}  // namespace xenolith::arch
