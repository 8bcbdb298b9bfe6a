// SPDX-License-Identifier: MIT
// The high precision event timer's main counter (IA-PC HPET Specification 1.0a, section 2.3.4 "General Capabilities and ID
// Register", 2.3.5 "General Configuration Register").
#include "core/paging/page_table.hpp"
#include "arch/x86/time/platform_timer.hpp"
#include "core/acpi/devices.hpp"
#include "core/base/bits.hpp"

namespace xenolith {
namespace {

constexpr u64 capabilities = 0x000, configuration = 0x010, main_counter = 0x0f0;
constexpr u64 enable = bit(0), legacy_replacement = bit(1);
constexpr u64 femtoseconds = 1'000'000'000'000'000, longest_period = 100'000'000;

class Hpet final : public PlatformTimer {
 public:
  std::string_view name() const override { return "HPET"; }
  u64 hz() const override { return hz_; }
  // Only the low half: one 32-bit read is atomic on every bridge.
  unsigned bits() const override { return 32; }
  u64 read() override { return *at<u32>(main_counter); }

  Result<void> start(MachineAddress registers) {
    void* page = TRY(mm::map_device(address_of(frame_of(registers)), page_size));
    base_ = static_cast<u8*>(page) + offset_in_page(registers);
    u64 period = Bits<63, 32>::get(*at<u64>(capabilities));
    if (period == 0 || period > longest_period) return Failure{XEN_ENODEV};
    hz_ = (femtoseconds + period / 2) / period;
    *at<u32>(configuration) = (*at<u32>(configuration) & ~static_cast<u32>(legacy_replacement)) | enable;
    u32 first = *at<u32>(main_counter);
    for (unsigned looks = 0; looks < 100'000; ++looks)
      if (*at<u32>(main_counter) != first) return {};
    return Failure{XEN_ENODEV};
  }

 private:
  template <class T>
  volatile T* at(u64 offset) {
    return reinterpret_cast<volatile T*>(base_ + offset);
  }

  u8* base_ = nullptr;
  u64 hz_ = 0;
};

constinit Hpet hpet;

}  // namespace

Result<PlatformTimer*> start_hpet(const AcpiTables& acpi) {
  auto table = acpi.find("HPET");
  if (!table) return Failure{XEN_ENODEV};
  Result<HpetTable> description = HpetTable::create(*table);
  if (description.failed()) return Failure{XEN_ENODEV};
  TRY(hpet.start(description->registers));
  return static_cast<PlatformTimer*>(&hpet);
}

}  // namespace xenolith
