// SPDX-License-Identifier: MIT
// VirtualInterface in both versions of the hardware.
#pragma once

#include "arch/arm64/gic/register_port.hpp"
#include "arch/arm64/gic/system_register_port.hpp"
#include "arch/arm64/gic/virtual_interface.hpp"

namespace xenolith::gic {

class VirtualInterfaceV2 final : public VirtualInterface {
 public:
  explicit VirtualInterfaceV2(RegisterPort& registers) : registers_{registers} {}
  // On each CPU: the virtual interface is off and empty.
  void initialise();

  unsigned list_registers() const override { return list_registers_; }
  ListRegister read_list(unsigned index) override;
  void write_list(unsigned index, const ListRegister& value) override;
  void enable(bool tell_none_pending) override;
  void disable() override;
  unsigned ends_without_list() override;
  u32 control() override;
  void load(const VirtualInterfaceState& state) override;
  void save(VirtualInterfaceState& state) override;

 private:
  RegisterPort& registers_;
  unsigned list_registers_ = 1;
};

class VirtualInterfaceV3 final : public VirtualInterface {
 public:
  explicit VirtualInterfaceV3(SystemRegisterPort& registers) : registers_{registers} {}
  void initialise();

  unsigned list_registers() const override { return list_registers_; }
  ListRegister read_list(unsigned index) override;
  void write_list(unsigned index, const ListRegister& value) override;
  void enable(bool tell_none_pending) override;
  void disable() override;
  unsigned ends_without_list() override;
  u32 control() override;
  void load(const VirtualInterfaceState& state) override;
  void save(VirtualInterfaceState& state) override;

 private:
  SystemRegisterPort& registers_;
  unsigned list_registers_ = 1;
  unsigned priority_registers_ = 1;  // of each group
};

}  // namespace xenolith::gic
