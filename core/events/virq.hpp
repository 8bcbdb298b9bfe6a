// SPDX-License-Identifier: MIT
// Virtual interrupts that the hypervisor raises. send_global_virq() is declared in core/domain/end_of_machine.hpp.
#pragma once

#include "core/base/interface.hpp"
#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {

class Domain;
class Vcpu;

// Global VIRQs are bound on vCPU 0 and may be moved; the others belong to the vCPU that they are bound on
// (<xen/xen.h>, "Virtual interrupts that a guest OS may receive from Xen", marks V. and G.). virq < NR_VIRQS.
bool virq_is_global(u32 virq);

// Nothing happens where the VIRQ is not bound. virq < NR_VIRQS. Any context.
void send_virq(Vcpu& vcpu, u32 virq);
void send_virq(Domain& domain, u32 virq);  // a global one

// XEN_DOMCTL_set_virq_handler: from now on `domain` gets the global VIRQ instead of the hardware domain.
// Fails with EINVAL for a VIRQ that is none or not global, or for a dying domain.
Result<void> set_global_virq_handler(const Domain& domain, u32 virq);
// The hardware domain gets what this domain handled. When it is torn down.
void give_back_global_virqs(DomainId domain);

}  // namespace xenolith
