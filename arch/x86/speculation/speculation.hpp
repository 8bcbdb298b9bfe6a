// SPDX-License-Identifier: MIT
// Speculation safety on this machine: what was decided at boot, and acting on it.
#pragma once

#include "arch/x86/speculation/decide.hpp"

namespace xenolith::speculation {

// Boot CPU, before others start and before the first vCPU is made: reads the processor and the option, decides, and tells.
void initialise();
// Each CPU, after initialise().
void apply_on_this_cpu();

const Mitigations& mitigations();
// What a guest reads in ARCH_CAPABILITIES, where it has that register.
u64 capabilities_for_guests();

// What one vCPU has of its own, and what identifies it for ever: two vCPUs never have the same tag.
struct VcpuSpeculation {
  VcpuSpeculation();
  u64 spec_ctrl = 0;
  u64 tag;
};

// The vCPU is dispatched on this CPU: a barrier if another one ran here last.
void switch_to(const VcpuSpeculation& vcpu);
// With interrupts off, as the last thing in C++ before the guest is entered. The exit's assembly brings the host's value back.
void before_entry(const VcpuSpeculation& vcpu);
// The guest asks for the barrier itself.
void issue_barrier_for_guest();
void flush_l1d_for_guest();

}  // namespace xenolith::speculation
