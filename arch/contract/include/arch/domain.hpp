// SPDX-License-Identifier: MIT
// Architecture contract: what a domain and a vCPU have beyond core's.
#pragma once

#include "core/base/own.hpp"
#include "core/base/result.hpp"

namespace xenolith {
class Domain;
class Vcpu;
}  // namespace xenolith

namespace xenolith::arch {

class DomainState;  // both are defined in <arch/domain_state.hpp>
class VcpuState;

Result<Own<DomainState>> create_domain_state(Domain& domain);
Result<Own<VcpuState>> create_vcpu_state(Vcpu& vcpu);
// The rest of it, when vcpu.arch() is in place.
Result<void> complete_vcpu_state(Vcpu& vcpu);

// Makes the CPU that is running `vcpu`, if any, leave the guest soon. Any context.
void interrupt_vcpu(Vcpu& vcpu);
// evtchn_upcall_pending has been set: tells the vCPU by its upcall vector, if it has one.
void event_upcall(Vcpu& vcpu);
// Prints registers and stack of a stopped vCPU to the console.
void dump_vcpu(Vcpu& vcpu);
// TLB entries of the domain's guest-physical map on all CPUs are gone when this returns.
void flush_p2m(Domain& domain);

}  // namespace xenolith::arch
