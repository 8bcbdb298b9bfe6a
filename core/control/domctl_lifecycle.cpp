// SPDX-License-Identifier: MIT
// XEN_DOMCTL_createdomain, destroydomain, pausedomain, unpausedomain, resumedomain, max_vcpus, soft_reset.
#include <arch/control.hpp>

#include <atomic>

#include "core/console/console_io.hpp"
#include "core/control/domain_change.hpp"
#include "core/control/domctl.hpp"
#include "core/domain/end_of_machine.hpp"
#include "core/run/cpupools.hpp"
#include "core/time/wall_clock.hpp"

namespace xenolith::domctl_operations {
namespace {

constinit std::atomic<u16> last_id{0};  // ids are not given again soon after a domain's end

constexpr u32 known_flags = XEN_DOMCTL_CDF_MAX | (XEN_DOMCTL_CDF_MAX - 1);
constexpr u32 offered_flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap | XEN_DOMCTL_CDF_s3_integrity |
                              XEN_DOMCTL_CDF_oos_off | XEN_DOMCTL_CDF_xs_domain;

Result<Domain::Configuration> checked_configuration(const xen_domctl_createdomain& wanted) {
  if (wanted.flags & ~known_flags) return Failure{XEN_EINVAL};
  if (wanted.flags & ~offered_flags) return Failure{XEN_EOPNOTSUPP};
  if (wanted.iommu_opts != 0) return Failure{XEN_EINVAL};  // there is no IOMMU to have options of
  if (wanted.grant_opts & ~u32{XEN_DOMCTL_GRANT_version_mask}) return Failure{XEN_EINVAL};
  if (wanted.vmtrace_size != 0) return Failure{XEN_EOPNOTSUPP};
  Domain::Configuration configuration{.interface = wanted};
  TRY(arch::complete_configuration(configuration.interface));
  return configuration;
}

Result<DomainId> id_for(domid_t wanted) {
  if (wanted == 0 || wanted >= DOMID_FIRST_RESERVED) {
    u16 from = static_cast<u16>(last_id.load(std::memory_order_relaxed) + 1);
    DomainId id = TRY(DomainTable::free_id(DomainId{from}));
    last_id.store(id.raw(), std::memory_order_relaxed);
    return id;
  }
  if (DomainTable::find(DomainId{wanted})) return Failure{XEN_EEXIST};
  return DomainId{wanted};
}

// Two toolstacks may pick the same free id: the one that loses takes another, unless it asked for this one.
Result<DomainId> create(domid_t wanted, const Domain::Configuration& configuration) {
  for (unsigned attempts = 0;; ++attempts) {
    DomainId id = TRY(id_for(wanted));
    Ref<Domain> domain = TRY(Domain::create(id, configuration));
    TRY(CpuPools::move(*domain, configuration.interface.cpupool_id));
    TRY(domain->pause_by_control());
    update_wall_clock_of(*domain);
    domain->unpause();  // the pause that it was made with: the toolstack's has taken its place
    Result<void> published = DomainTable::publish(domain);
    if (published) return id;
    bool chosen = wanted != 0 && wanted < DOMID_FIRST_RESERVED;
    if (published.error() != XEN_EEXIST || chosen || attempts > 16) return Failure{published.error()};
  }
}

}  // namespace

HypercallOutcome create_domain(DomctlCall& call) {
  Domain::Configuration configuration = TRY(checked_configuration(call.op.u.createdomain));
  call.op.domain = TRY(create(call.op.domain, configuration)).raw();
  call.op.u.createdomain = configuration.interface;  // with what was left to the hypervisor: toolstacks on Arm read it
  call.copy_back = true;
  return i64{0};
}

HypercallOutcome destroy_domain(DomctlCall& call) {
  if (call.domain == &call.caller.domain() || call.domain->is_hardware()) return Failure{XEN_EINVAL};
  while (call.domain->destroy_step())
    if (preemption_due()) return HypercallOutcome::again(call.arguments);
  end_guest_console(*call.domain);
  DomainTable::withdraw(*call.domain);
  send_global_virq(VIRQ_DOM_EXC);
  return i64{0};
}

HypercallOutcome pause_domain(DomctlCall& call) {
  if (call.domain == &call.caller.domain()) return Failure{XEN_EINVAL};
  return call.domain->pause_by_control();
}

HypercallOutcome unpause_domain(DomctlCall& call) { return call.domain->unpause_by_control(); }

HypercallOutcome resume_domain(DomctlCall& call) {
  if (call.domain == &call.caller.domain()) return Failure{XEN_EINVAL};
  call.domain->resume_from_shutdown();
  return i64{0};
}

// The number was decided when the domain was made; here its vCPUs come into being.
HypercallOutcome max_vcpus(DomctlCall& call) {
  if (call.domain == &call.caller.domain()) return Failure{XEN_EINVAL};
  if (call.op.u.max_vcpus.max != call.domain->max_vcpus()) return Failure{XEN_EINVAL};
  auto change = DomainChange::begin(*call.domain);
  if (!change) return HypercallOutcome::again(call.arguments);
  for (u32 id = 0; id < call.domain->max_vcpus(); ++id) {
    if (call.domain->vcpu(VcpuId{id})) continue;
    TRY(call.domain->build_vcpu(VcpuId{id}));
    if (preemption_due() && id + 1 < call.domain->max_vcpus()) return HypercallOutcome::again(call.arguments);
  }
  return i64{0};
}

HypercallOutcome soft_reset(DomctlCall& call) {
  if (call.domain == &call.caller.domain()) return Failure{XEN_EINVAL};
  return Failure{XEN_EOPNOTSUPP};
}

}  // namespace xenolith::domctl_operations
