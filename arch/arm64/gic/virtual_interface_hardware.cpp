// SPDX-License-Identifier: MIT
// Source: Arm IHI 0048B, "Virtual interface control register descriptions"; IHI 0069, "AArch64 virtualization control System
// registers".
#include "arch/arm64/gic/virtual_interface_hardware.hpp"

#include <algorithm>

namespace xenolith::gic {
namespace {

namespace gich {
constexpr u32 control = 0x000, type = 0x004, guest_control = 0x008, active_priorities = 0x0f0, list = 0x100;
}
constexpr u32 enabled = 1u << 0, tell_if_none_pending = 1u << 3;
using EndCount = Bits<31, 27>;

constexpr u32 control_word(bool tell_none_pending) { return enabled | (tell_none_pending ? tell_if_none_pending : 0); }

}  // namespace

void VirtualInterfaceV2::initialise() {
  registers_.write(gich::control, 0);
  auto there = static_cast<unsigned>(Bits<5, 0>::get(registers_.read(gich::type)) + 1);
  list_registers_ = std::min(there, most_list_registers);
  for (unsigned i = 0; i < there; ++i) registers_.write(gich::list + i * 4, 0);
}
ListRegister VirtualInterfaceV2::read_list(unsigned index) { return decode_v2(registers_.read(gich::list + index * 4)); }
void VirtualInterfaceV2::write_list(unsigned index, const ListRegister& value) {
  registers_.write(gich::list + index * 4, encode_v2(value));
}
void VirtualInterfaceV2::enable(bool tell_none_pending) { registers_.write(gich::control, control_word(tell_none_pending)); }
void VirtualInterfaceV2::disable() { registers_.write(gich::control, 0); }
unsigned VirtualInterfaceV2::ends_without_list() {
  return static_cast<unsigned>(EndCount::get(registers_.read(gich::control)));
}
u32 VirtualInterfaceV2::control() { return registers_.read(gich::guest_control); }
void VirtualInterfaceV2::load(const VirtualInterfaceState& state) {
  registers_.write(gich::guest_control, state.control);
  registers_.write(gich::active_priorities, state.active_priorities_1[0]);
}
void VirtualInterfaceV2::save(VirtualInterfaceState& state) {
  state.control = registers_.read(gich::guest_control);
  state.active_priorities_1[0] = registers_.read(gich::active_priorities);
}

void VirtualInterfaceV3::initialise() {
  using enum SystemRegister;
  registers_.write(ich_hcr, 0);
  u64 type = registers_.read(ich_vtr);
  list_registers_ = static_cast<unsigned>(Bits<3, 0>::get(type) + 1);  // at most 16
  // Source: IHI 0069, "ICH_AP1R<n>_EL2": one register up to 5 bits of preemption, two for 6, four for 7.
  u64 preemption_bits = Bits<28, 26>::get(type) + 1;
  priority_registers_ = preemption_bits <= 5 ? 1 : preemption_bits == 6 ? 2 : 4;
  for (unsigned i = 0; i < list_registers_; ++i) registers_.write(ich_lr0 + i, 0);
}
ListRegister VirtualInterfaceV3::read_list(unsigned index) {
  return decode_v3(registers_.read(SystemRegister::ich_lr0 + index));
}
void VirtualInterfaceV3::write_list(unsigned index, const ListRegister& value) {
  registers_.write(SystemRegister::ich_lr0 + index, encode_v3(value));
}
void VirtualInterfaceV3::enable(bool tell_none_pending) {
  registers_.write(SystemRegister::ich_hcr, control_word(tell_none_pending));
}
// In force at once: the maintenance interrupt must not come again while the hypervisor takes interrupts.
void VirtualInterfaceV3::disable() {
  registers_.write(SystemRegister::ich_hcr, 0);
  registers_.synchronize();
}
unsigned VirtualInterfaceV3::ends_without_list() {
  return static_cast<unsigned>(EndCount::get(registers_.read(SystemRegister::ich_hcr)));
}
u32 VirtualInterfaceV3::control() { return static_cast<u32>(registers_.read(SystemRegister::ich_vmcr)); }
void VirtualInterfaceV3::load(const VirtualInterfaceState& state) {
  using enum SystemRegister;
  registers_.write(icc_sre_el1, 7);  // guests of GICv3 have system registers only
  registers_.synchronize();          // which decides how VMCR is understood
  registers_.write(ich_vmcr, state.control);
  for (unsigned i = 0; i < priority_registers_; ++i) {
    registers_.write(ich_ap0r0 + i, state.active_priorities_0[i]);
    registers_.write(ich_ap1r0 + i, state.active_priorities_1[i]);
  }
}
void VirtualInterfaceV3::save(VirtualInterfaceState& state) {
  using enum SystemRegister;
  state.control = static_cast<u32>(registers_.read(ich_vmcr));
  for (unsigned i = 0; i < priority_registers_; ++i) {
    state.active_priorities_0[i] = static_cast<u32>(registers_.read(ich_ap0r0 + i));
    state.active_priorities_1[i] = static_cast<u32>(registers_.read(ich_ap1r0 + i));
  }
}

}  // namespace xenolith::gic
