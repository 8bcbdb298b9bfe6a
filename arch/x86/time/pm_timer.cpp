// SPDX-License-Identifier: MIT
// The ACPI power management timer (ACPI Specification 6.4, section 4.8.2.1 "Power Management Timer").
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/time/platform_timer.hpp"
#include "core/acpi/fadt.hpp"

namespace xenolith {
namespace {

class PmTimer final : public PlatformTimer {
 public:
  std::string_view name() const override { return "ACPI PM Timer"; }
  u64 hz() const override { return 3'579'545; }
  unsigned bits() const override { return bits_; }
  // Some chip sets' counters can be read while they ripple: values that two reads agree on, or nearly, are right.
  u64 read() override {
    u32 value = in32(port_);
    for (unsigned attempt = 0; attempt < 10; ++attempt) {
      u32 again = in32(port_);
      if (again - value < 64) return again;
      value = again;
    }
    return value;
  }

  Result<void> start(const Fadt& fadt) {
    GenericAddress timer = fadt.pm_timer();
    if (!timer || timer.space != GenericAddress::Space::io || timer.address > 0xfffc) return Failure{XEN_ENODEV};
    port_ = static_cast<u16>(timer.address);
    bits_ = fadt.pm_timer_bits();
    u32 first = in32(port_);
    for (unsigned looks = 0; looks < 100'000; ++looks)
      if (in32(port_) != first) return {};
    return Failure{XEN_ENODEV};
  }

 private:
  u16 port_ = 0;
  unsigned bits_ = 24;
};

constinit PmTimer pm_timer;

}  // namespace

Result<PlatformTimer*> start_pm_timer(const AcpiTables& acpi) {
  auto table = acpi.find("FACP");
  if (!table) return Failure{XEN_ENODEV};
  Result<Fadt> fadt = Fadt::create(*table);
  if (fadt.failed()) return Failure{XEN_ENODEV};
  TRY(pm_timer.start(*fadt));
  return static_cast<PlatformTimer*>(&pm_timer);
}

}  // namespace xenolith
