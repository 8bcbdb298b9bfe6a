// SPDX-License-Identifier: MIT
// PSCI as it is offered to guests: version 1.1 by HVC or SMC. Source: Arm DEN0022, "Power State Coordination Interface".
#pragma once

#include <array>

#include "arch/arm64/psci/function.hpp"

namespace xenolith::psci {

// What the calls do to the domain whose vCPU makes them. On that vCPU's CPU, no lock held.
class GuestPort {
 public:
  // `affinity`: fields as in MPIDR_EL1. Success, already_on, on_pending, invalid_parameters (no such vCPU), internal_failure. The vCPU
  // starts at `entry` with `context` in x0, MMU off.
  virtual Status start_vcpu(u64 affinity, u64 entry, u64 context) = 0;
  // The caller goes down after its call has been handled.
  virtual Status stop_this() = 0;
  enum class Power : u8 { on, off, pending, none };  // none: no such vCPU
  virtual Power power_of(u64 affinity) = 0;
  // The caller waits for an interrupt, then goes on behind its call.
  virtual void suspend() = 0;
  // The domain shuts down: no vCPU of it goes on.
  virtual void power_off() = 0;
  virtual void restart() = 0;

 protected:
  ~GuestPort() = default;
};

// Performs the call in x0 and puts its result there. False if it is no function of PSCI or of the SMC calling convention: nothing has
// been done. Unknown functions in PSCI's range are answered "not supported".
bool handle(GuestPort& port, std::array<u64, 31>& x);

}  // namespace xenolith::psci
