// SPDX-License-Identifier: MIT
// MSRs that read as a constant and whose writes do nothing: kernels touch them without asking CPUID first.
#pragma once

#include <optional>

#include "core/base/types.hpp"

namespace xenolith::hvm {

struct ConstantMsr {
  u64 value;
  bool writable;  // a write has no effect; otherwise it raises #GP
};

// Nothing where there is no such register on this vendor's processors.
std::optional<ConstantMsr> constant_msr(u32 number, bool is_amd);

}  // namespace xenolith::hvm
