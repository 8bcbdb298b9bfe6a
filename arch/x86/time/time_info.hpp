// SPDX-License-Identifier: MIT
// The time as guests see it: struct vcpu_time_info of <xen/xen.h>.
#pragma once

#include "arch/x86/time/cpu_clock.hpp"
#include "arch/x86/time/guest_counter.hpp"
#include "core/base/interface.hpp"
#include "core/time/version_protocol.hpp"

namespace xenolith {

// For a guest with this counter. `stable`: clocks of different vCPUs agree.
constexpr vcpu_time_info make_time_info(const ClockLine& line, const GuestCounter& counter, bool stable) {
  const TickScale scale = counter.ratio.scale(line.scale);
  vcpu_time_info info{};
  info.tsc_timestamp = counter.at(line.tsc);
  info.system_time = static_cast<u64>(line.time.raw());
  info.tsc_to_system_mul = scale.multiplier;
  info.tsc_shift = scale.shift;
  info.flags = stable ? XEN_PVCLOCK_TSC_STABLE_BIT : 0;
  return info;
}

// Copies all but the version to where a guest may be reading. `shared` may be unaligned.
inline void publish_time_info(vcpu_time_info* shared, const vcpu_time_info& info) {
  auto* bytes = reinterpret_cast<std::byte*>(shared);
  auto* version = reinterpret_cast<u32*>(bytes + offsetof(vcpu_time_info, version));
  publish_versioned(version, [&] {
    constexpr size_t first = offsetof(vcpu_time_info, tsc_timestamp);
    std::memcpy(bytes + first, reinterpret_cast<const std::byte*>(&info) + first, sizeof info - first);
  });
}

}  // namespace xenolith
