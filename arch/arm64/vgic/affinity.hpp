// SPDX-License-Identifier: MIT
// Numbers of vCPUs as their guests see them in MPIDR_EL1: sixteen in each cluster, because an SGI of GICv3 names up to sixteen CPUs of
// one cluster. Toolstacks write the same numbers into guests' device trees.
#pragma once

#include <optional>

#include "core/base/bits.hpp"

namespace xenolith::vgic {

// Affinity fields Aff3[39:32], Aff2[23:16], Aff1[15:8], Aff0[7:0] of MPIDR_EL1.
inline constexpr u64 affinity_mask = 0xff'00ff'ffff;

constexpr u64 affinity_of(unsigned vcpu) { return (vcpu & 0xf) | u64{vcpu >> 4 & 0xff} << 8; }

// The vCPU that has these affinity fields, if its number can be one at all.
constexpr std::optional<unsigned> vcpu_of_affinity(u64 affinity) {
  affinity &= affinity_mask;
  if ((affinity & ~u64{0xff0f}) != 0) return std::nullopt;
  return static_cast<unsigned>((affinity & 0xf) | (affinity >> 8) << 4);
}

static_assert(affinity_of(17) == 0x101 && *vcpu_of_affinity(0x101) == 17 && !vcpu_of_affinity(0x10));

}  // namespace xenolith::vgic
