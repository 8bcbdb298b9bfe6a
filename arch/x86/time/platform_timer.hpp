// SPDX-License-Identifier: MIT
// The machine's timers of known frequency, by which the time stamp counters are measured.
#pragma once

#include <string_view>

#include "core/acpi/tables.hpp"
#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {

class PlatformTimer {
 public:
  virtual std::string_view name() const = 0;  // as clocksource= names it
  virtual u64 hz() const = 0;
  virtual unsigned bits() const = 0;
  // The counter, which goes up. Callers serialise.
  virtual u64 read() = 0;

 protected:
  ~PlatformTimer() = default;
};

// Each finds and starts its timer. Fail with ENODEV when it is not there or does not count, ENOMEM.
Result<PlatformTimer*> start_hpet(const AcpiTables& acpi);
Result<PlatformTimer*> start_pm_timer(const AcpiTables& acpi);
Result<PlatformTimer*> start_pit();

}  // namespace xenolith
