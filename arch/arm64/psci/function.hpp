// SPDX-License-Identifier: MIT
// Numbers of PSCI and of the SMC calling convention. Source: Arm DEN0022, "Function prototypes", "Return codes"; Arm DEN0028, "SMC and
// HVC interface".
#pragma once

#include "core/base/types.hpp"

namespace xenolith::psci {

namespace function {
inline constexpr u32 smccc_version = 0x8000'0000, smccc_features = 0x8000'0001;
inline constexpr u32 version = 0x8400'0000, cpu_suspend = 0x8400'0001, cpu_off = 0x8400'0002, cpu_on = 0x8400'0003,
                     affinity_info = 0x8400'0004, migrate_info_type = 0x8400'0006, system_off = 0x8400'0008,
                     system_reset = 0x8400'0009, features = 0x8400'000a, system_reset2 = 0x8400'0012;
// The variant with arguments of 64 bits; functions without such arguments have none.
inline constexpr u32 wide = 0x4000'0000;
}  // namespace function

enum class Status : i32 {
  success = 0,
  not_supported = -1,
  invalid_parameters = -2,
  denied = -3,
  already_on = -4,
  on_pending = -5,
  internal_failure = -6,
  not_present = -7,
  disabled = -8,
  invalid_address = -9,
};

constexpr u32 version_word(u16 major, u16 minor) { return u32{major} << 16 | minor; }

}  // namespace xenolith::psci
