// SPDX-License-Identifier: MIT
#include "guests/framework/clock.hpp"

#include <guest/machine.hpp>

#include "guests/framework/shared_info.hpp"

namespace xenolith::guest {
namespace {

u64 scale(u64 ticks, u32 multiplier, i8 shift) {
  ticks = shift < 0 ? ticks >> -shift : ticks << shift;
  return static_cast<u64>(static_cast<unsigned __int128>(ticks) * multiplier >> 32);
}

}  // namespace

// The version is odd while the hypervisor writes, and another one after.
u64 time_from(const vcpu_time_info& info) {
  for (const volatile vcpu_time_info& now = info;;) {
    u32 version = now.version;
    asm volatile("" : : : "memory");
    u64 time = now.system_time + scale(read_tsc() - now.tsc_timestamp, now.tsc_to_system_mul, now.tsc_shift);
    asm volatile("" : : : "memory");
    if (!(version & 1) && version == now.version) return time;
    pause();
  }
}

u64 system_time() { return time_from(this_vcpu_info().time); }

}  // namespace xenolith::guest
