// SPDX-License-Identifier: MIT
// The device tree of an Arm guest. Places and interrupts are the caller's, as the hypervisor's interface gives them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace xenolith::tools {

struct TreeRange {
  uint64_t start = 0;
  uint64_t size = 0;  // bytes
};

struct ArmGuestTree {
  std::string command_line{};
  TreeRange initrd{};               // size 0: none
  std::vector<TreeRange> memory{};  // ascending
  uint32_t vcpus = 1;
  uint32_t gic_version = 3;            // 2 or 3
  TreeRange gic_distributor{};
  TreeRange gic_cpus{};                // CPU interface of version 2, redistributors of version 3
  uint32_t timer_hz = 0;               // 0: the guest's own register says it
  TreeRange grant_table{};
  TreeRange serial_line{};             // size 0: none
  uint32_t serial_interrupt = 32;      // a shared one
  std::vector<std::byte> partial_tree{};  // partial_tree.hpp; empty: none
  // Private interrupts' numbers of the GIC.
  uint32_t secure_timer = 29, physical_timer = 30, virtual_timer = 27, events = 31;
};

// The affinity of a vCPU, as its register MPIDR_EL1 has it.
constexpr uint64_t arm_affinity(uint32_t vcpu) { return (vcpu & 0xf) | uint64_t(vcpu >> 4) << 8; }

// Throws Error(ENOSPC) when it becomes larger than 256 KiB, and as copy_partial_tree().
std::vector<std::byte> make_arm_guest_tree(const ArmGuestTree& guest);

}  // namespace xenolith::tools
