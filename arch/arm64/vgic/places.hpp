// SPDX-License-Identifier: MIT
// Places: where in its guest-physical memory a domain finds its interrupt controller.
#pragma once

#include <array>
#include <optional>

#include "arch/arm64/vgic/port.hpp"

namespace xenolith::vgic {

struct Place {
  GuestPhysical first;
  u64 size = 0;
  constexpr bool contains(GuestPhysical address) const { return address >= first && address - first < size; }
};

struct Places {
  static constexpr unsigned most_regions = 16;
  Place distributor{};
  // GICv3: redistributors of two frames each, one behind the other, `stride` from each to the next.
  std::array<Place, most_regions> redistributors{};
  unsigned redistributor_regions = 0;
  u64 stride = 0x2'0000;

  struct Register {
    bool is_distributor = true;
    unsigned vcpu = 0;  // whose redistributor
    u64 offset = 0;
  };
  // What lies at the address; nothing if that is not the controller's. `vcpus` redistributors are there.
  constexpr std::optional<Register> find(GuestPhysical address, unsigned vcpus) const {
    if (distributor.contains(address)) return Register{true, 0, address - distributor.first};
    unsigned first_vcpu = 0;
    for (unsigned i = 0; i < redistributor_regions && first_vcpu < vcpus; ++i) {
      const Place& region = redistributors[i];
      if (region.contains(address)) {
        u64 offset = address - region.first;
        u64 vcpu = first_vcpu + offset / stride;
        if (vcpu >= vcpus) return std::nullopt;
        return Register{false, static_cast<unsigned>(vcpu), offset % stride};
      }
      first_vcpu += static_cast<unsigned>(region.size / stride);
    }
    return std::nullopt;
  }
  // The vCPU's redistributor is the last that its region holds: kernels look no further there.
  constexpr bool is_last_of_region(unsigned vcpu) const {
    unsigned end = 0;
    for (unsigned i = 0; i < redistributor_regions && end <= vcpu; ++i) {
      end += static_cast<unsigned>(redistributors[i].size / stride);
      if (vcpu + 1 == end) return true;
    }
    return false;
  }
};

}  // namespace xenolith::vgic
