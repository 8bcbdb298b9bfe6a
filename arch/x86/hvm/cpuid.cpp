// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/cpuid.hpp"

#include <arch/domain_state.hpp>

#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/extended_state.hpp"
#include "arch/x86/hvm/guest_tsc.hpp"
#include "arch/x86/hvm/hidden_features.hpp"
#include "arch/x86/time/cpu_time.hpp"
#include "arch/x86/time/time.hpp"
#include "core/boot/options.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {
namespace {

constinit HiddenFeatures hidden;

constinit CustomOption option{
    "cpuid", "Features that no guest is shown, by the names of Xen's interface (no-xsavec).", "List of <feature>=<boolean>",
    [](std::string_view text) {
      return parse_option_list(text, [](std::string_view name, std::string_view value, bool negated) -> Result<void> {
        if ((value.empty() || parse_option_bool(value)) && hidden.set(name, negated)) return {};
        return Failure{XEN_EINVAL};
      });
    }};
XENOLITH_REGISTER_OPTION(option);

CpuidView view_of(Vcpu& vcpu) {
  const arch::VcpuState& state = vcpu.arch();
  return {.domain = vcpu.domain().id(),
          .vcpu = vcpu.id(),
          .apic_id = state.apic.id().raw(),
          .apic_enabled = state.apic.address().mode() != vapic::ApicMode::disabled,
          .cr4 = state.hardware->controls().cr4,
          .xcr0 = guest_xcr0_mask() ? current_xcr0() : 0};
}

void add_time(CpuidView& view, const Vcpu& vcpu) {
  const arch::DomainTsc& tsc = vcpu.domain().arch().tsc;
  const GuestCounter& counter = vcpu.arch().tsc;
  view.tsc_offset = counter.offset;
  view.guest_tsc_khz = domain_tsc_khz(vcpu.domain());
  view.host_tsc_khz = tsc_khz();
  view.tsc_scale = counter.ratio.scale(clocks.tsc_scale);
  view.tsc_is_reliable = tsc_is_reliable();
  view.tsc_is_emulated = tsc.reads_exit;
  view.tsc_mode = tsc.mode;
  view.tsc_incarnation = tsc.incarnation;
}

}  // namespace

CpuidPolicy most_of_host(const Domain& domain) {
  auto host = [](u32 leaf, u32 subleaf) { return cpuid(leaf, subleaf); };
  CpuidPolicy policy = CpuidPolicy::most(host, {.xcr0_mask = guest_xcr0_mask(),
                                  .hardware = domain.is_hardware(),
                                  .max_vcpus = domain.max_vcpus(),
                                  .barriers = true,
                                  .spec_ctrl = speculation::mitigations().guests_have_spec_ctrl});
  hidden.take_from(policy);
  return policy;
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
  CpuidView view = view_of(vcpu);
  if (registers.eax() == CpuidPolicy::time_leaf) add_time(view, vcpu);
  CpuidResult result = cpuid_policy(vcpu.domain()).answer(registers.eax(), registers.ecx(), view);
  registers.set_rax(result.eax);
  registers.set_rbx(result.ebx);
  registers.set_rcx(result.ecx);
  registers.set_rdx(result.edx);
}

}  // namespace xenolith::hvm
