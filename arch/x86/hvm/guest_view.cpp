// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/guest_view.hpp"

#include <arch/domain_state.hpp>

#include "arch/x86/hvm/cpuid.hpp"
#include "arch/x86/hvm/msr.hpp"
#include "arch/x86/hvm/port_access.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {

Result<void> complete_guest_view(Vcpu& vcpu) {
  TRY(create_cpuid_policy(vcpu.domain()));
  bool& has_ports = vcpu.domain().arch().has_ports;
  if (!has_ports) TRY(set_up_ports(vcpu.domain()));
  has_ports = true;
  initialise_msrs(vcpu);
  return {};
}

}  // namespace xenolith::hvm
