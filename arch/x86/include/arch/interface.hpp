// SPDX-License-Identifier: MIT
// Architecture contract: <xen/xen.h> as C has it, and where the architectures' interfaces differ.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

extern "C" {
#include <xen/xen.h>

#include <xen/hvm/params.h>
}

static_assert(sizeof(vcpu_info) == 64);

namespace xenolith::arch {

inline bool upcalls_are_masked(const vcpu_info& info) { return __atomic_load_n(&info.evtchn_upcall_mask, __ATOMIC_RELAXED) != 0; }
inline void allow_upcalls(void* info) {
  __atomic_store_n(static_cast<uint8_t*>(info) + offsetof(vcpu_info, evtchn_upcall_mask), uint8_t{0}, __ATOMIC_SEQ_CST);
}

// Parameters of hvm_op for what is not offered: a toolstack may set them to zero.
inline constexpr std::array<uint8_t, 1> refused_hvm_parameters{HVM_PARAM_VIRIDIAN};

}  // namespace xenolith::arch
