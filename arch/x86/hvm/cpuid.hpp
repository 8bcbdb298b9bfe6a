// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/hvm/cpuid_policy.hpp"
#include "core/base/result.hpp"

namespace xenolith {
class Domain;
}

namespace xenolith::hvm {

// Boot, after detect_extended_state(): remembers what the boot CPU's CPUID answers, which takes an exit each where the
// machine is virtual itself. Made by itself at the first use otherwise.
void detect_cpuid();
// The most that this domain may be shown.
CpuidPolicy most_of_host(const Domain& domain);
// The domain's policy; create_cpuid_policy() has been called.
const CpuidPolicy& cpuid_policy(const Domain& domain);
// Gives the domain the most if it has no policy yet. ENOMEM.
Result<void> create_cpuid_policy(Domain& domain);

// How the time-stamp counter counts: frequency and scale to nanoseconds as in struct vcpu_time_info. Boot.
struct TscScale {
  u32 khz = 0;
  u32 multiplier = 0;
  i8 shift = 0;
  bool is_reliable = false;  // same on all CPUs and never stops
};
void set_tsc_scale(const TscScale& scale);

}  // namespace xenolith::hvm
