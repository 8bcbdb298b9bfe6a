// SPDX-License-Identifier: MIT
// XEN_DOMCTL_getdomaininfo, getvcpuinfo.
#include <arch/control.hpp>

#include <algorithm>
#include <iterator>

#include "core/control/domctl.hpp"
#include "core/memory_operations/guest_memory.hpp"
#include "core/run/domain_run.hpp"
#include "core/run/vcpu_run.hpp"
#include "core/time/clock.hpp"

namespace xenolith::domctl_operations {
namespace {

constexpr u32 waiting = Vcpu::blocked | Vcpu::polling;

// A domain is blocked when all its vCPUs that are up are, and running when any is.
void describe_vcpus(Domain& domain, xen_domctl_getdomaininfo& info) {
  u32 state = XEN_DOMINF_blocked;
  info.max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
  domain.for_each_vcpu([&](Vcpu& vcpu) {
    info.cpu_time += vcpu.run().runstate(now()).time[RUNSTATE_running];
    info.max_vcpu_id = vcpu.id().raw();
    if (vcpu.stops() & Vcpu::down) return;
    ++info.nr_online_vcpus;
    if (!(vcpu.stops() & waiting)) state &= ~u32{XEN_DOMINF_blocked};
    if (vcpu.run().is_on_cpu()) state |= XEN_DOMINF_running;
  });
  if (info.nr_online_vcpus) info.flags |= state;
}

u32 flags_of(Domain& domain) {
  const auto& configuration = domain.configuration();
  auto flag = [](bool condition, u32 value) { return condition ? value : 0; };
  return flag(domain.is_dying(), XEN_DOMINF_dying) | flag(domain.is_shut_down(), XEN_DOMINF_shutdown) |
         flag(domain.control_pauses() > 0, XEN_DOMINF_paused) |
         flag(domain.is_being_debugged.load(std::memory_order_relaxed), XEN_DOMINF_debugged) |
         flag(configuration.flags & XEN_DOMCTL_CDF_xs_domain, XEN_DOMINF_xs_domain) |
         flag(configuration.flags & XEN_DOMCTL_CDF_hvm, XEN_DOMINF_hvm_guest) |
         flag(configuration.flags & XEN_DOMCTL_CDF_hap, XEN_DOMINF_hap) |
         u32{domain.shutdown_code()} << XEN_DOMINF_shutdownshift;
}

void describe_memory(Domain& domain, xen_domctl_getdomaininfo& info) {
  u64 total = domain.pages().total(), aside = domain.guest_memory().set_aside();
  info.tot_pages = total > aside ? total - aside : 0;
  info.max_pages = domain.pages().maximum();
  info.outstanding_pages = domain.guest_memory().claimed();
  info.shared_info_frame = domain.guest_memory().shared_info_gfn.load(std::memory_order_relaxed).raw();
}

}  // namespace

void describe_domain(Domain& domain, xen_domctl_getdomaininfo& info) {
  info = {};
  info.domain = domain.id().raw();
  info.flags = flags_of(domain);
  describe_vcpus(domain, info);
  describe_memory(domain, info);
  info.cpupool = domain.run().pool_id();
  info.gpaddr_bits = static_cast<u8>(arch::guest_address_bits(domain));
  info.ssidref = domain.configuration().ssidref;
  std::copy_n(domain.handle(), std::size(info.handle), info.handle);
  info.arch_config = domain.configuration().arch;
}

// Tells of the domain, or of the next that there is: how tools walk the list.
HypercallOutcome get_domain_info(DomctlCall& call) {
  if (call.op.domain >= DOMID_FIRST_RESERVED) return Failure{XEN_EINVAL};
  Domain* domain = DomainTable::next(DomainId{call.op.domain});
  if (!domain) return Failure{XEN_ESRCH};
  describe_domain(*domain, call.op.u.getdomaininfo);
  call.op.domain = domain->id().raw();
  call.copy_back = true;
  return i64{0};
}

HypercallOutcome get_vcpu_info(DomctlCall& call) {
  auto& info = call.op.u.getvcpuinfo;
  if (info.vcpu >= call.domain->max_vcpus()) return Failure{XEN_EINVAL};
  Vcpu* vcpu = TRY(vcpu_of(call, info.vcpu));
  info.online = !(vcpu->stops() & Vcpu::down);
  info.blocked = (vcpu->stops() & waiting) != 0;
  info.running = vcpu->run().is_on_cpu();
  info.cpu_time = vcpu->run().runstate(now()).time[RUNSTATE_running];
  info.cpu = vcpu->run().cpu().raw();
  call.copy_back = true;
  return i64{0};
}

}  // namespace xenolith::domctl_operations
