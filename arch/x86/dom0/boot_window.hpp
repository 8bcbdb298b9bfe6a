// SPDX-License-Identifier: MIT
// A view of machine memory for the time of building the hardware domain.
#pragma once

#include <span>

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith::dom0 {

// Maps [first, end) for the lifetime of the object; only one at a time. Below 512 GiB.
class BootWindow {
 public:
  // Fails with ENOMEM.
  static Result<BootWindow> open(MachineAddress first, MachineAddress end);
  BootWindow(BootWindow&& other) noexcept;
  ~BootWindow();
  std::span<u8> bytes(MachineAddress at, u64 size) const;

 private:
  BootWindow(u64 first, u64 end) : first_{first}, end_{end} {}
  u64 first_, end_;
};

}  // namespace xenolith::dom0
