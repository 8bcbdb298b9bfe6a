// SPDX-License-Identifier: MIT
// HostDistributor: the machine's distributor. Source: Arm IHI 0048B, "Distributor register descriptions"; IHI 0069, "The Distributor
// register descriptions".
#pragma once

#include "arch/arm64/gic/intid.hpp"
#include "arch/arm64/gic/register_port.hpp"

namespace xenolith::gic {

inline constexpr u8 host_priority = 0xa0;

class HostDistributor {
 public:
  HostDistributor(Version version, RegisterPort& registers) : version_{version}, registers_{registers} {}

  // SPIs are off, level-sensitive and go to `target`; then the distributor is switched on.
  void initialise(u64 target);
  // Interrupt numbers below are there: 32 to 1020.
  u32 interrupts() const { return interrupts_; }

  // ---- SPIs below interrupts(). GICv2: private interrupts of the calling CPU, too.
  void set_enabled(Intid intid, bool on);
  void set_trigger(Intid intid, Trigger trigger);  // while it is off
  // `target`: GICv2: the CPU interface's bit; GICv3: affinity fields as in MPIDR_EL1.
  void route(Intid intid, u64 target);
  void set_pending(Intid intid, bool pending);
  void set_active(Intid intid, bool active);
  void set_priority(Intid intid, u8 priority);
  bool is_enabled(Intid intid);

  // GICv2: what is one CPU's own, on that CPU. All private interrupts are off but SGIs.
  void initialise_private();
  // GICv2: the calling CPU's bit for route() and send_sgi().
  u8 this_cpu_bit();
  void send_sgi(u8 target_bits, Intid sgi);

 private:
  void set_bit(u32 bank, Intid intid);
  void wait_for_write();

  Version version_;
  RegisterPort& registers_;
  u32 interrupts_ = private_count;
};

}  // namespace xenolith::gic
