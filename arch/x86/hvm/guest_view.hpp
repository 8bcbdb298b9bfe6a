// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/result.hpp"

namespace xenolith {
class Vcpu;
}

namespace xenolith::hvm {

// The last part of building a vCPU: what its processor is said to be. The domain's CPUID policy and its table of I/O
// ports are made with its first vCPU. Fails with ENOMEM.
Result<void> complete_guest_view(Vcpu& vcpu);

}  // namespace xenolith::hvm
