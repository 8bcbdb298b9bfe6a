// SPDX-License-Identifier: MIT
// HostRedistributor: a CPU's part of a GICv3 distributor. Source: Arm IHI 0069, "The Redistributor register descriptions".
#pragma once

#include "arch/arm64/gic/intid.hpp"
#include "arch/arm64/gic/register_port.hpp"
#include "core/base/result.hpp"

namespace xenolith::gic {

// Where in a region of redistributors the one of the CPU with these affinity fields is: its offset, ENOENT when it is not there.
// `stride`: 0: as each says itself.
Result<u32> find_redistributor(RegisterPort& region, u64 size, u64 stride, u64 affinity);

class HostRedistributor {
 public:
  explicit HostRedistributor(RegisterPort& registers, u32 offset = 0) : registers_{registers}, base_{offset} {}

  // On its CPU: wakes it up; private interrupts are off but SGIs. Fails with ETIMEDOUT.
  Result<void> initialise();
  void set_enabled(Intid intid, bool on);
  void set_pending(Intid intid, bool pending);
  void set_active(Intid intid, bool active);

 private:
  u32 sgi_frame(u32 offset) const { return base_ + 0x1'0000 + offset; }

  RegisterPort& registers_;
  u32 base_;
};

}  // namespace xenolith::gic
