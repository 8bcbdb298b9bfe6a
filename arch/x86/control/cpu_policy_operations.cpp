// SPDX-License-Identifier: MIT
#include "arch/x86/control/cpu_policy_operations.hpp"

#include <arch/domain_state.hpp>

#include <algorithm>

#include "arch/x86/control/cpu_policy_leaves.hpp"
#include "arch/x86/hvm/cpuid.hpp"
#include "arch/x86/hvm/extended_state.hpp"
#include "core/control/domain_change.hpp"

namespace xenolith::cpu_policy {
namespace {

// IA32_PLATFORM_INFO and IA32_ARCH_CAPABILITIES: none of their features is offered.
constexpr xen_msr_entry_t msrs[] = {{.idx = 0xce, .flags = 0, .val = 0}, {.idx = 0x10a, .flags = 0, .val = 0}};

// Fills a caller's lists; with no list says how long one must be. Fails with ENOBUFS when a list is too short.
template <class Request>
Result<void> write_policy(Vcpu& caller, Request& request, const LeafSource& source) {
  GuestHandle<xen_cpuid_leaf_t> leaves{request.leaves.p};
  GuestHandle<xen_msr_entry_t> entries{request.msrs.p};
  if (leaves.is_null()) {
    request.nr_leaves = LeafList::longest;
  } else {
    LeafList list{source};
    xen_cpuid_leaf_t leaf;
    u32 count = 0;
    for (; list.next(leaf); ++count) {
      if (count == request.nr_leaves) return Failure{XEN_ENOBUFS};
      TRY(leaves.write(caller, leaf, count));
    }
    request.nr_leaves = count;
  }
  if (entries.is_null()) {
    request.nr_msrs = std::size(msrs);
  } else {
    if (request.nr_msrs < std::size(msrs)) return Failure{XEN_ENOBUFS};
    TRY(entries.write_array(caller, msrs));
    request.nr_msrs = std::size(msrs);
  }
  return {};
}

// What new domains may see at most, which is also what they see by default.
Result<Own<hvm::CpuidPolicy>> guest_policy() {
  hvm::CpuidPolicy::Options options{.xcr0_mask = hvm::guest_xcr0_mask()};
  return make<hvm::CpuidPolicy>(hvm::CpuidPolicy::most([](u32 leaf, u32 sub) { return cpuid(leaf, sub); }, options));
}

enum class Kind : u8 { host, guest, none };

HypercallOutcome answer(SysctlCall& call, Kind kind) {
  auto& request = call.op.u.cpu_policy;
  call.copy_back = true;
  if (kind == Kind::host) return write_policy(call.caller, request, HostLeaves{});
  Own<hvm::CpuidPolicy> policy = TRY(guest_policy());
  return write_policy(call.caller, request, PolicyLeaves{*policy});
}

HypercallOutcome write_features(SysctlCall& call, const LeafSource& source) {
  auto& request = call.op.u.cpu_featureset;
  GuestHandle<u32> to{request.features.p};
  std::array<u32, feature_words> words = feature_set(source);
  u32 count = std::min(request.nr_features, feature_words);
  if (!to.is_null()) TRY(to.write_array(call.caller, std::span<const u32>{words}.first(count)));
  bool is_short = !to.is_null() && request.nr_features < feature_words;
  request.nr_features = to.is_null() ? feature_words : count;
  call.copy_back = true;
  return is_short ? HypercallOutcome{Failure{XEN_ENOBUFS}} : HypercallOutcome{i64{0}};
}

Result<Kind> kind_of_policy(u32 index) {
  switch (index) {
    case XEN_SYSCTL_cpu_policy_raw:
    case XEN_SYSCTL_cpu_policy_host: return Kind::host;
    case XEN_SYSCTL_cpu_policy_hvm_max:
    case XEN_SYSCTL_cpu_policy_hvm_default: return Kind::guest;
    case XEN_SYSCTL_cpu_policy_pv_max:
    case XEN_SYSCTL_cpu_policy_pv_default: return Failure{XEN_EOPNOTSUPP};
    default: return Failure{XEN_EINVAL};
  }
}

Result<Kind> kind_of_features(u32 index) {
  switch (index) {
    case XEN_SYSCTL_cpu_featureset_raw:
    case XEN_SYSCTL_cpu_featureset_host: return Kind::host;
    case XEN_SYSCTL_cpu_featureset_hvm:
    case XEN_SYSCTL_cpu_featureset_hvm_max: return Kind::guest;
    case XEN_SYSCTL_cpu_featureset_pv:
    case XEN_SYSCTL_cpu_featureset_pv_max: return Failure{XEN_EOPNOTSUPP};
    default: return Failure{XEN_EINVAL};
  }
}

}  // namespace

HypercallOutcome of_system(SysctlCall& call) {
  if (call.op.u.cpu_policy._rsvd != 0) return Failure{XEN_EINVAL};
  return answer(call, TRY(kind_of_policy(call.op.u.cpu_policy.index)));
}

HypercallOutcome features_of_system(SysctlCall& call) {
  Kind kind = TRY(kind_of_features(call.op.u.cpu_featureset.index));
  if (kind == Kind::host) return write_features(call, HostLeaves{});
  Own<hvm::CpuidPolicy> policy = TRY(guest_policy());
  return write_features(call, PolicyLeaves{*policy});
}

HypercallOutcome of_domain(DomctlCall& call) {
  const Own<hvm::CpuidPolicy>& policy = call.domain->arch().cpuid_policy;
  call.copy_back = true;
  if (policy) return write_policy(call.caller, call.op.u.cpu_policy, PolicyLeaves{*policy});
  Own<hvm::CpuidPolicy> usual = TRY(guest_policy());
  return write_policy(call.caller, call.op.u.cpu_policy, PolicyLeaves{*usual});
}

// Takes features away from a domain that has not run yet; what it asks for beyond what there is does not come.
HypercallOutcome set_of_domain(DomctlCall& call) {
  auto& request = call.op.u.cpu_policy;
  if (call.domain == &call.caller.domain() || call.domain->control_pauses() == 0) return Failure{XEN_EINVAL};
  if (request.nr_leaves > LeafList::longest || request.nr_msrs > std::size(msrs)) return Failure{XEN_E2BIG};
  auto change = DomainChange::begin(*call.domain);
  if (!change) return HypercallOutcome::again(call.arguments);
  Own<hvm::CpuidPolicy>& current = call.domain->arch().cpuid_policy;
  Own<hvm::CpuidPolicy> changed = TRY(make<hvm::CpuidPolicy>(current ? *current : hvm::most_of_host(*call.domain)));
  GuestHandle<xen_cpuid_leaf_t> leaves{request.leaves.p};
  for (u32 i = 0; i < request.nr_leaves; ++i) {
    xen_cpuid_leaf_t leaf = TRY(leaves.read(call.caller, i));
    u32 subleaf = leaf.subleaf == XEN_CPUID_NO_SUBLEAF ? 0 : leaf.subleaf;
    changed->restrict_features(leaf.leaf, subleaf, {leaf.a, leaf.b, leaf.c, leaf.d});
  }
  current = std::move(changed);
  return i64{0};
}

}  // namespace xenolith::cpu_policy
