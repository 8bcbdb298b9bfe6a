// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/hvm/cpuid_policy.hpp"
#include "core/base/result.hpp"

namespace xenolith {
class Domain;
}

namespace xenolith::hvm {

// The most that this domain may be shown, made from what this CPU has.
CpuidPolicy most_of_host(const Domain& domain);
// The domain's policy; create_cpuid_policy() has been called.
const CpuidPolicy& cpuid_policy(const Domain& domain);
// Gives the domain the most if it has no policy yet. ENOMEM.
Result<void> create_cpuid_policy(Domain& domain);

}  // namespace xenolith::hvm
