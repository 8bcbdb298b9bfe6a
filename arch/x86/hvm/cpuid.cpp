// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/cpuid.hpp"

#include <arch/domain_state.hpp>

#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/extended_state.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {
namespace {

constinit TscScale tsc_scale;

// The parts of the host's CPUID that policies are made from.
struct HostLeaf {
  u32 leaf, subleaf;
  CpuidResult result;
};
constexpr unsigned most_leaves = 80;
constinit HostLeaf host_leaves[most_leaves];
constinit unsigned host_leaf_count = 0;

void remember(u32 leaf, u32 subleaf = 0) {
  if (host_leaf_count < most_leaves) host_leaves[host_leaf_count++] = {leaf, subleaf, cpuid(leaf, subleaf)};
}

CpuidResult host(u32 leaf, u32 subleaf) {
  for (unsigned i = 0; i < host_leaf_count; ++i)
    if (host_leaves[i].leaf == leaf && host_leaves[i].subleaf == subleaf) return host_leaves[i].result;
  return cpuid(leaf, subleaf);
}

CpuidView view_of(Vcpu& vcpu) {
  const arch::VcpuState& state = vcpu.arch();
  return {.domain = vcpu.domain().id(),
          .vcpu = vcpu.id(),
          .apic_id = state.apic.id().raw(),
          .apic_enabled = state.apic.address().mode() != vapic::ApicMode::disabled,
          .cr4 = state.hardware->controls().cr4,
          .xcr0 = state.xcr0,
          .tsc_offset = state.hardware->tsc_offset(),
          .guest_tsc_khz = tsc_scale.khz,
          .host_tsc_khz = tsc_scale.khz,
          .tsc_multiplier = tsc_scale.multiplier,
          .tsc_shift = tsc_scale.shift,
          .tsc_is_reliable = tsc_scale.is_reliable};
}

}  // namespace

void detect_cpuid() {
  if (host_leaf_count) return;
  for (u32 leaf = 0; leaf <= CpuidPolicy::max_basic; ++leaf) remember(leaf);
  for (u32 subleaf = 1; subleaf < 8; ++subleaf) remember(4, subleaf);
  remember(7, 1);
  for (u32 subleaf = 1; subleaf < 10; ++subleaf) remember(0xd, subleaf);
  for (u32 leaf = 0x80000000; leaf <= CpuidPolicy::max_extended; ++leaf) remember(leaf);
}

void set_tsc_scale(const TscScale& scale) { tsc_scale = scale; }

CpuidPolicy most_of_host(const Domain& domain) {
  return CpuidPolicy::most(host, {.xcr0_mask = guest_xcr0_mask(),
                                  .hardware = domain.is_hardware(),
                                  .max_vcpus = domain.max_vcpus()});
}

const CpuidPolicy& cpuid_policy(const Domain& domain) { return *domain.arch().cpuid_policy; }

Result<void> create_cpuid_policy(Domain& domain) {
  if (domain.arch().cpuid_policy) return {};
  domain.arch().cpuid_policy = TRY(make<CpuidPolicy>(most_of_host(domain)));
  return {};
}

void handle_cpuid(Vcpu& vcpu, const Exit& exit) {
  if (!skip_instruction(vcpu, exit, ExitKind::cpuid)) return;
  GuestRegisters& registers = vcpu.arch().registers;
  CpuidResult result = cpuid_policy(vcpu.domain()).answer(registers.eax(), registers.ecx(), view_of(vcpu));
  registers.set_rax(result.eax);
  registers.set_rbx(result.ebx);
  registers.set_rcx(result.ecx);
  registers.set_rdx(result.edx);
}

}  // namespace xenolith::hvm
