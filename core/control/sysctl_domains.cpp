// SPDX-License-Identifier: MIT
// XEN_SYSCTL_getdomaininfolist.
#include "core/control/domctl.hpp"
#include "core/control/sysctl.hpp"

namespace xenolith::sysctl_operations {

HypercallOutcome list_domains(SysctlCall& call) {
  call.op.u.getdomaininfolist.num_domains = 0;
  return go_on_listing_domains(call);
}

// The request in the guest's memory moves on over what has been done, under a number of its own; what comes back at
// the end is the operation's number again. Whatever the guest changes in between only changes what it is told.
HypercallOutcome go_on_listing_domains(SysctlCall& call) {
  auto& list = call.op.u.getdomaininfolist;
  while (list.max_domains > 0 && list.first_domain < DOMID_FIRST_RESERVED) {
    Domain* domain = DomainTable::next(DomainId{list.first_domain});
    if (!domain) break;
    xen_domctl_getdomaininfo info;
    domctl_operations::describe_domain(*domain, info);
    GuestHandle<xen_domctl_getdomaininfo> buffer{list.buffer.p};
    TRY(buffer.write(call.caller, info));
    list.buffer.p = reinterpret_cast<xen_domctl_getdomaininfo*>(buffer.address(1).raw());
    list.first_domain = static_cast<domid_t>(domain->id().raw() + 1);
    --list.max_domains;
    ++list.num_domains;
    if (list.max_domains == 0 || !preemption_due()) continue;
    call.op.cmd = domain_list_continuation;
    return call.again();
  }
  call.op.cmd = XEN_SYSCTL_getdomaininfolist;
  call.copy_back = true;
  return i64{0};
}

}  // namespace xenolith::sysctl_operations
