// SPDX-License-Identifier: MIT
// Architecture contract: <xen/xen.h> as C has it, and where the architectures' interfaces differ.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

// Arm's parts of shared_info and vcpu_info are empty. To C, with which guests are built, such a structure has no size; to C++ it has
// one byte. A structure whose only member is an array of no elements has no size to both.
struct xenolith_no_part {
  char none[0];
};
extern "C" {
#define arch_vcpu_info arch_vcpu_info_of_cxx
#define arch_shared_info arch_shared_info_of_cxx
#include <xen/xen-compat.h>
#include <xen/arch-arm.h>
#undef arch_vcpu_info
#undef arch_shared_info
#define arch_vcpu_info xenolith_no_part
#define arch_shared_info xenolith_no_part
#include <xen/xen.h>
#undef arch_vcpu_info
#undef arch_shared_info
}

static_assert(sizeof(vcpu_info) == 48 && offsetof(vcpu_info, time) == 16);
static_assert(offsetof(shared_info, evtchn_pending) == 48 && offsetof(shared_info, wc_sec_hi) == 1084);

namespace xenolith::arch {

// Upcalls have no mask of their own: the interrupt that tells of them has.
inline bool upcalls_are_masked(const vcpu_info&) { return false; }
inline void allow_upcalls(void*) {}

// Parameters of hvm_op that other architectures have: a toolstack may set them to zero.
inline constexpr std::array<uint8_t, 0> refused_hvm_parameters{};

}  // namespace xenolith::arch
