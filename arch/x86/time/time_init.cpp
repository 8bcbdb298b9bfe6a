// SPDX-License-Identifier: MIT
// Setting up the clocks, and keeping them together.
#include <array>

#include "arch/x86/cpu/local_apic.hpp"
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/time/cpu_time.hpp"
#include "arch/x86/time/platform_clock.hpp"
#include "arch/x86/time/rtc.hpp"
#include "arch/x86/time/time.hpp"
#include "arch/x86/time/tsc_check.hpp"
#include "core/acpi/fadt.hpp"
#include "core/base/log.hpp"
#include "core/boot/options.hpp"
#include "core/console/debug_keys.hpp"
#include "core/run/dispatcher.hpp"
#include "core/time/clock.hpp"
#include "core/time/timer.hpp"

namespace xenolith {
namespace {

constinit CustomOption tsc_option{
    "tsc", "Whether the time stamp counters can be trusted, whatever the processor says.", "unstable | skewed | stable:socket",
    [](std::string_view text) -> Result<void> {
      if (text == "unstable" || text == "skewed") tsc_trust = TscTrust::never;
      else if (text == "stable:socket") tsc_trust = TscTrust::always;
      else return Failure{XEN_EINVAL};
      return {};
    }};
XENOLITH_REGISTER_OPTION(tsc_option);

constexpr Duration keeping_interval = seconds(1);

// The processor's own word on its frequency; 0: none. Source: Intel SDM volume 2, "CPUID", leaf 15H "Time Stamp Counter".
u64 frequency_by_cpuid() {
  if (cpuid(0).eax < 0x15) return 0;
  CpuidResult leaf = cpuid(0x15);
  return leaf.eax == 0 ? 0 : u64{leaf.ecx} * leaf.ebx / leaf.eax;
}

u64 elapsed_apic_ticks() { return ~u32{0} - local_apic::timer_count(); }

// Starts the platform timer, and measures this processor's counters against it, both in the same time.
PlatformClock::Frequencies find_frequencies(const AcpiTables& acpi) {
  const bool needs_apic_timer = !local_apic::has_deadline_timer();
  if (needs_apic_timer) local_apic::set_timer(~u32{0});
  Result<PlatformClock::Frequencies> measured = PlatformClock::start(acpi, needs_apic_timer ? elapsed_apic_ticks : nullptr);
  if (needs_apic_timer) local_apic::set_timer(0);
  PlatformClock::Frequencies found = measured ? *measured : PlatformClock::Frequencies{};
  if (found.tsc == 0) found.tsc = frequency_by_cpuid();
  if (found.tsc == 0) panic("No platform timer, and the processor does not tell its frequency");
  if (needs_apic_timer && found.other == 0) panic("The local APIC timer does not count");
  return found;
}

void use_apic_timer(u64 hz) {
  if (hz == 0) return;  // there is a deadline timer
  clocks.apic_scale = TickScale::of_frequency(hz);
  log_info("APIC timer is {}.{:03}MHz", hz / 1'000'000, hz / 1000 % 1000);
}

void read_wall_clock(const AcpiTables& acpi) {
  u8 century = 0;
  if (auto table = acpi.find("FACP")) {
    constexpr u64 century_at = 108;
    Result<Fadt> fadt = Fadt::create(*table);
    if (fadt && fadt->has_no_cmos_clock()) return;
    if (fadt) century = peek<u8>(table->bytes, century_at);
  }
  Result<u64> seconds_now = read_rtc(century);
  if (seconds_now) set_wall_clock({*seconds_now, 0}, now());
  else log_warning("The battery-backed clock gives no time: error {}", seconds_now.error());
}

// ---- keeping a CPU's clock with the platform timer: where the counters cannot be trusted

struct Keeper {
  Timer timer;
  TimePoint last;
};
alignas(Keeper) constinit std::array<std::byte, sizeof(Keeper) * arch::max_cpus> keeper_storage{};
Keeper& keeper(CpuId cpu) { return reinterpret_cast<Keeper*>(keeper_storage.data())[cpu.raw()]; }

void keep_this_cpu(void*) {
  Keeper& self = keeper(arch::this_cpu());
  TimePoint point = PlatformClock::read();
  if (!clocks.reliable) {
    InterruptsOff off;
    this_cpu_clock().set(steer(this_cpu_clock().line(), self.last, point));
  }
  self.last = point;
  if (Vcpu* vcpu = clocks.reliable ? nullptr : Dispatcher::current()) update_vcpu_time(*vcpu);
  self.timer.set(now() + std::min(keeping_interval, PlatformClock::longest_silence()));
}

void start_keeping(CpuId cpu) {
  Keeper* made = new (&keeper(cpu)) Keeper{{keep_this_cpu, nullptr, cpu}, {}};
  const ClockLine& line = cpu_clocks[cpu.raw()].line();
  made->last = {line.tsc, line.time};
  made->timer.set(now() + milliseconds(100));
}

void show_clocks(char key) {
  log_info("'{}' pressed -> clock information", key);
  log_info("TSC {}: {} kHz; platform timer: {}", clocks.reliable ? "reliable" : "not reliable", tsc_hz() / 1000,
           PlatformClock::timer() ? PlatformClock::timer()->name() : "none");
  if (PlatformClock::timer()) {
    TimePoint point = PlatformClock::read();
    log_info("stime of platform {}, of this CPU {}", point.platform.raw(), this_cpu_clock().line().at(point.tsc).raw());
  }
  CpuSet online = Dispatcher::online();
  for (unsigned cpu = 0; cpu < arch::max_cpus; ++cpu) {
    if (!online.contains(CpuId{cpu})) continue;
    const ClockLine& line = cpu_clocks[cpu].line();
    log_info("CPU{}: tsc {:#x} time {} mul {:#x} shift {}", cpu, line.tsc, line.time.raw(), line.scale.multiplier,
             i32{line.scale.shift});
  }
}

}  // namespace

void time_init_boot(const AcpiTables& acpi) {
  const PlatformClock::Frequencies found = find_frequencies(acpi);
  const u64 hz = found.tsc;
  clocks.tsc_scale = TickScale::of_frequency(hz);
  clocks.reliable = tsc_is_constant() && tsc_trust != TscTrust::never;
  TimePoint start = PlatformClock::timer() ? PlatformClock::read() : TimePoint{arch::cycles(), SystemTime{}};
  this_cpu_clock().set({start.tsc, start.platform, clocks.tsc_scale});
  log_info("Detected {}.{:03} MHz processor.", hz / 1'000'000, hz / 1000 % 1000);
  use_apic_timer(found.other);
  read_wall_clock(acpi);
}

void time_init_cpu() {
  if (clocks.reliable || !PlatformClock::timer()) {
    this_cpu_clock().set(cpu_clocks[0].line());
    return;
  }
  TimePoint point = PlatformClock::read();
  this_cpu_clock().set({point.tsc, point.platform, clocks.tsc_scale});
}

void time_start_keeping() {
  register_debug_key('t', "display multi-cpu clock info", show_clocks);
  if (clocks.reliable && !check_tscs()) clocks.reliable = false;
  log_info("TSC is {}", clocks.reliable ? "reliable, synchronous on all CPUs" : "kept with the platform timer");
  if (!PlatformClock::timer()) return;
  CpuSet online = Dispatcher::online() | CpuSet::of(arch::this_cpu());
  for (unsigned cpu = 0; cpu < arch::max_cpus; ++cpu)
    if (online.contains(CpuId{cpu}) && (cpu == 0 || !clocks.reliable)) start_keeping(CpuId{cpu});
}

}  // namespace xenolith
