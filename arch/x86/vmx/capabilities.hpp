// SPDX-License-Identifier: MIT
// What a processor's VMX can do, from its capability registers, and which controls follow from that
// (Intel SDM volume 3D, appendix A "VMX Capability Reporting Facility").
#pragma once

#include <array>
#include <span>

#include "core/base/types.hpp"

namespace xenolith::vmx {

// IA32_VMX_*: as read; what does not exist is 0.
struct CapabilityRegisters {
  u64 basic = 0, pin = 0, primary = 0, secondary = 0, exit = 0, entry = 0;  // the TRUE ones where there are
  u64 misc = 0, ept_vpid = 0;
  u64 cr0_fixed0 = 0, cr0_fixed1 = 0, cr4_fixed0 = 0, cr4_fixed1 = 0;
};

// The values of the controls, as far as they do not change with the vCPU.
struct Controls {
  u32 pin = 0, primary = 0, secondary = 0, exit = 0, entry = 0;
};

// How wide INVEPT or INVVPID can be told to flush.
enum class FlushScope : u8 { none, single, all };

struct Capabilities {
  u32 revision = 0;
  bool ept_accessed_dirty = false;
  unsigned largest_order = 0;            // of an EPT mapping: 0, 9, 18
  FlushScope ept_flush = FlushScope::none;
  FlushScope vpid_flush = FlushScope::none;
  bool vpid = false;                     // used only if it can be flushed
  bool preemption_timer = false;
  unsigned preemption_shift = 0;         // the timer counts each time that this bit of the time stamp counter changes
  // The processor delivers the virtual APIC's interrupts and answers for its registers: all of the features that this takes.
  bool virtual_apic = false;
  bool tsc_scaling = false;
  u64 cr0_fixed0 = 0, cr0_fixed1 = 0, cr4_fixed0 = 0, cr4_fixed1 = 0;
  Controls controls{};
  CapabilityRegisters registers{};
};

// Features that Xenolith cannot do without and the processor lacks: their names.
struct Missing {
  std::array<const char*, 32> names{};
  unsigned count = 0;
  void add(const char* name) {
    if (count < names.size()) names[count++] = name;
  }
  std::span<const char* const> list() const { return {names.data(), count}; }
};

// Optional parts that are used where they are there.
struct Wishes {
  bool virtual_apic = true, preemption_timer = true, tsc_scaling = true;
};

// With `missing` not empty the capabilities are of no use.
Capabilities evaluate(const CapabilityRegisters& registers, const Wishes& wishes, Missing& missing);

// A control register's value with the bits that VMX operation asks for: fixed0 are those that must be 1, fixed1 those that may be.
constexpr u64 with_fixed_bits(u64 value, u64 fixed0, u64 fixed1) { return (value | fixed0) & fixed1; }

}  // namespace xenolith::vmx
