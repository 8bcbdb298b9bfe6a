// SPDX-License-Identifier: MIT
// The time stamp counter of domains and their vCPUs. VcpuState::tsc is how a vCPU's follows the host's; the hardware has a copy, unless reads
// make exits.
#pragma once

#include "arch/x86/time/guest_counter.hpp"
#include "core/base/result.hpp"

namespace xenolith {
class Domain;
class Vcpu;
}

namespace xenolith::hvm {

// What the vCPU reads now. On its CPU, or while it is off its CPU.
u64 guest_tsc(const Vcpu& vcpu);
// From now on. Where VendorVcpu may be called; the vCPU's time information is the caller's business.
void set_guest_tsc(Vcpu& vcpu, const GuestCounter& counter);

// As choose_tsc() says; each vCPU's counter goes on from what it reads. Within a DomainChange. Fails as choose_tsc() does.
Result<void> set_domain_tsc(Domain& domain, u32 mode, u32 khz);
// The frequency in kHz that the domain's vCPUs have.
u32 domain_tsc_khz(const Domain& domain);

// Debug key s: what each domain has.
void register_tsc_key();

}  // namespace xenolith::hvm
