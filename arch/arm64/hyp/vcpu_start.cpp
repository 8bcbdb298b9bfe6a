// SPDX-License-Identifier: MIT
#include "arch/arm64/hyp/vcpu_start.hpp"

#include <arch/domain.hpp>
#include <arch/domain_state.hpp>

#include "core/domain/domain.hpp"

namespace xenolith {

void reset_vcpu(Vcpu& vcpu, GuestPhysical entry, u64 context) {
  arch::VcpuState& state = vcpu.arch();
  state.registers = {};
  state.registers.pc = entry.raw();
  state.registers.x[0] = context;
  u64 number = state.system.vmpidr_el2;
  state.system = {};
  state.system.vmpidr_el2 = number;
  state.floating_point = {};
  state.timer.reset();
  vcpu.domain().arch().gic().reset_cpu(vcpu.id().raw());
  if (vcpu.upcall_pending()) arch::event_upcall(vcpu);
}

}  // namespace xenolith
