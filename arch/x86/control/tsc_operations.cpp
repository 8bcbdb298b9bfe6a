// SPDX-License-Identifier: MIT
#include "arch/x86/control/tsc_operations.hpp"

#include <arch/domain_state.hpp>

#include <algorithm>

#include "arch/x86/hvm/guest_tsc.hpp"
#include "arch/x86/hvm/tsc_choice.hpp"
#include "arch/x86/time/cpu_time.hpp"
#include "core/control/domain_change.hpp"

namespace xenolith::tsc_operations {
namespace {

const GuestCounter& counter_of(const Domain& domain) {
  const Vcpu* first = domain.vcpu(VcpuId{0});
  return first ? first->arch().tsc : domain.arch().tsc.counter;
}

}  // namespace

// Of a domain that is never emulated nothing is told: its counter is the host's wherever it goes.
HypercallOutcome get(DomctlCall& call) {
  if (call.domain == &call.caller.domain()) return Failure{XEN_EINVAL};
  auto change = DomainChange::begin(*call.domain);
  if (!change) return HypercallOutcome::again(call.arguments);
  const arch::DomainTsc& tsc = call.domain->arch().tsc;
  auto& info = call.op.u.tsc_info;
  info = {};
  info.tsc_mode = tsc.mode;
  info.incarnation = tsc.incarnation;
  call.copy_back = true;
  if (hvm::TscMode{tsc.mode} == hvm::TscMode::never_emulate) return i64{0};
  const GuestCounter& counter = counter_of(*call.domain);
  const i64 elapsed = counter.ratio.scale(clocks.tsc_scale).length(counter.at(arch::cycles())).raw();
  info.gtsc_khz = hvm::domain_tsc_khz(*call.domain);
  info.elapsed_nsec = static_cast<u64>(std::max<i64>(elapsed, 0));
  return i64{0};
}

// `elapsed_nsec` is not used: the counters of a domain that comes from elsewhere are in the records of its vCPUs
// (XEN_DOMCTL_sethvmcontext). The incarnation counts the settings of its life, this one included.
HypercallOutcome set(DomctlCall& call) {
  if (call.domain == &call.caller.domain()) return Failure{XEN_EINVAL};
  auto change = DomainChange::begin(*call.domain);
  if (!change) return HypercallOutcome::again(call.arguments);
  const auto& info = call.op.u.tsc_info;
  TRY(hvm::set_domain_tsc(*call.domain, info.tsc_mode, info.gtsc_khz));
  call.domain->arch().tsc.incarnation = info.incarnation + 1;
  return i64{0};
}

}  // namespace xenolith::tsc_operations
