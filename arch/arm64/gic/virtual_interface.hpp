// SPDX-License-Identifier: MIT
// VirtualInterface: the hardware of a CPU through which its guest takes virtual interrupts.
#pragma once

#include <array>

#include "arch/arm64/gic/list_register.hpp"

namespace xenolith::gic {

// What belongs to a vCPU beside its list registers, while it is not loaded. The form is the hardware's own.
struct VirtualInterfaceState {
  u32 control = 0;  // VMCR: the guest's view of its CPU interface's control registers
  std::array<u32, 4> active_priorities_0{}, active_priorities_1{};
  bool operator==(const VirtualInterfaceState&) const = default;
};

// On the CPU that it belongs to, interrupts off. Source: Arm IHI 0048B, "GIC Support for Virtualization"; IHI 0069, "Virtual
// interrupt handling and prioritization".
class VirtualInterface {
 public:
  static constexpr unsigned most_list_registers = 16;

  virtual unsigned list_registers() const = 0;  // 1 to most_list_registers
  virtual ListRegister read_list(unsigned index) = 0;
  virtual void write_list(unsigned index, const ListRegister& value) = 0;
  // Guests take interrupts while it is on; it is off after load(). `tell_none_pending`: a maintenance interrupt comes when no list register is pending.
  // Sets the count of ends to 0.
  virtual void enable(bool tell_none_pending) = 0;
  virtual void disable() = 0;
  // How many interrupts the guest has ended that were in no list register, since enable().
  virtual unsigned ends_without_list() = 0;
  // VirtualInterfaceState::control as it is now.
  virtual u32 control() = 0;
  virtual void load(const VirtualInterfaceState& state) = 0;
  virtual void save(VirtualInterfaceState& state) = 0;

 protected:
  ~VirtualInterface() = default;
};

// The lowest priority number that the guest's priority mask holds back, and whether it takes interrupts of group 0 and 1 at all.
// Source: IHI 0048B, "Virtual Machine Control Register, GICH_VMCR"; IHI 0069, "ICH_VMCR_EL2, Interrupt Controller Virtual Machine
// Control Register".
struct GuestMask {
  u8 priority = 0;
  bool group0 = false, group1 = false;
};
constexpr GuestMask guest_mask(Version version, u32 control) {
  bool group0 = Bits<0>::get(control), group1 = Bits<1>::get(control);
  if (version == Version::v2) return {static_cast<u8>(Bits<31, 27>::get(control) << 3), group0, group1};
  return {static_cast<u8>(Bits<31, 24>::get(control)), group0, group1};
}

}  // namespace xenolith::gic
