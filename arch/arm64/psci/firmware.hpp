// SPDX-License-Identifier: MIT
// The machine's firmware: starting CPUs, the end of the machine. Source: Arm DEN0022.
#pragma once

#include "arch/arm64/psci/function.hpp"
#include "core/base/result.hpp"

namespace xenolith::psci {

// A call of the firmware: by SMC, by HVC, or by a model of it in unit tests.
class Conduit {
 public:
  virtual u64 call(u64 function, u64 first, u64 second, u64 third) = 0;

 protected:
  ~Conduit() = default;
};

class Firmware {
 public:
  // What the device tree says: compatible "arm,psci" (0.1) tells numbers of its own, later ones say that they are the standard's.
  struct Description {
    bool is_standard = true;
    u32 cpu_on = 0;  // of 0.1; 0: there is none
  };
  Firmware() = default;
  // Asks for the version.
  Firmware(Conduit& conduit, const Description& description);

  bool is_there() const { return conduit_ != nullptr; }
  // As PSCI_VERSION tells it: major in the upper half; 1 for 0.1.
  u32 version() const { return version_; }
  bool has(u32 function) const;

  // The CPU with these affinity fields starts at the machine address `entry` with `context` in x0. Fails with EEXIST (it runs), EINVAL,
  // EPERM, ENOSYS, EIO.
  Result<void> cpu_on(u64 affinity, u64 entry, u64 context) const;
  // Return only if the firmware does not do it.
  void system_off() const;
  void system_reset() const;
  // This CPU is given back; returns only if that does not work.
  void cpu_off() const;

 private:
  Conduit* conduit_ = nullptr;
  Description description_;
  u32 version_ = 0;
};

// Xen's error for what a call returned.
Result<void> result_of(u64 value);

}  // namespace xenolith::psci
