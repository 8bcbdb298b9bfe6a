// SPDX-License-Identifier: MIT
// The ways into the firmware. Source: Arm DEN0028, "SMC and HVC argument passing": x0 to x3 hold results, x4 to x17 may be lost.
#pragma once

#include "arch/arm64/psci/firmware.hpp"

namespace xenolith::psci {

class SmcConduit final : public Conduit {
 public:
  u64 call(u64 function, u64 first, u64 second, u64 third) override;
};
class HvcConduit final : public Conduit {
 public:
  u64 call(u64 function, u64 first, u64 second, u64 third) override;
};

}  // namespace xenolith::psci
