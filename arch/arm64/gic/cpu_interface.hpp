// SPDX-License-Identifier: MIT
// CpuInterface: how a CPU takes its interrupts. Priority drop and deactivation are two steps, so that an interrupt given to a guest
// stays active, hence quiet, until the guest has ended it. Source: Arm IHI 0048B, "Priority drop and interrupt deactivation"; IHI 0069,
// the same.
#pragma once

#include "arch/arm64/gic/intid.hpp"
#include "arch/arm64/gic/register_port.hpp"
#include "arch/arm64/gic/system_register_port.hpp"

namespace xenolith::gic {

// On its CPU, interrupts off.
class CpuInterface {
 public:
  // What was acknowledged: for GICv2 SGIs with the sender, which must be told back.
  struct Acknowledged {
    u32 word;
    Intid intid() const { return Intid{word & 0xff'ffff & mask}; }
    u32 mask = ~0u;
  };

  virtual void initialise() = 0;
  virtual Acknowledged acknowledge() = 0;  // intid 1020 to 1023: there was none
  virtual void drop_priority(Acknowledged interrupt) = 0;
  virtual void deactivate(u32 word) = 0;

 protected:
  ~CpuInterface() = default;
};

class CpuInterfaceV2 final : public CpuInterface {
 public:
  explicit CpuInterfaceV2(RegisterPort& registers) : registers_{registers} {}
  void initialise() override;
  Acknowledged acknowledge() override;
  void drop_priority(Acknowledged interrupt) override;
  void deactivate(u32 word) override;

 private:
  RegisterPort& registers_;
};

class CpuInterfaceV3 final : public CpuInterface {
 public:
  explicit CpuInterfaceV3(SystemRegisterPort& registers) : registers_{registers} {}
  void initialise() override;
  Acknowledged acknowledge() override;
  void drop_priority(Acknowledged interrupt) override;
  void deactivate(u32 word) override;

 private:
  SystemRegisterPort& registers_;
};

// ICC_SGI1R_EL1's value for one CPU with these affinity fields. Nothing goes to CPUs whose Aff0 is over 15 without range selectors.
// Source: IHI 0069, "ICC_SGI1R_EL1, Interrupt Controller Software Generated Interrupt Group 1 Register".
constexpr u64 sgi1r_for(u64 affinity, Intid sgi) {
  u64 aff0 = affinity & 0xff;
  return (affinity >> 32 & 0xff) << 48 | aff0 / 16 << 44 | (affinity >> 16 & 0xff) << 32 | u64{sgi.raw() & 0xf} << 24 |
         (affinity >> 8 & 0xff) << 16 | u64{1} << aff0 % 16;
}

}  // namespace xenolith::gic
