// SPDX-License-Identifier: MIT
#include "arch/x86/time/platform_clock.hpp"

#include <arch/cpu.hpp>

#include "arch/x86/time/calibration.hpp"
#include "arch/x86/time/wrapping_counter.hpp"
#include "core/base/lock.hpp"
#include "core/base/log.hpp"
#include "core/boot/options.hpp"

namespace xenolith {
namespace {

constexpr std::string_view source_words[] = {"auto", "hpet", "acpi", "pit", "tsc"};
constinit EnumOption clocksource{"clocksource", "The timer that system time is measured by.", source_words, 0};
XENOLITH_REGISTER_OPTION(clocksource);

constinit PlatformTimer* chosen = nullptr;

struct State {
  WrappingCounter counter;
  u64 tsc = 0;  // at the last look
};
constinit Locked<State, LockRank::clock, IrqSafety::interrupt> state;
constinit TickScale rough_tsc_scale;

using Starter = Result<PlatformTimer*> (*)(const AcpiTables&);
constexpr Starter starters[] = {start_hpet, start_pm_timer, [](const AcpiTables&) { return start_pit(); }};

Result<PlatformTimer*> choose(const AcpiTables& acpi) {
  size_t word = clocksource.value();
  if (word >= 1 && word <= 3) {
    if (Result<PlatformTimer*> wanted = starters[word - 1](acpi)) return wanted;
    log_warning("Platform timer {} is not there", source_words[word]);
  }
  for (Starter start : starters)
    if (Result<PlatformTimer*> timer = start(acpi)) return timer;
  return Failure{XEN_ENODEV};
}

// The smallest bracket of a few: what interrupted the others (system management, an emulator's pause) did not hit it.
struct Bracketed {
  u64 value, counter, spread;
};
Bracketed read_bracketed(u64 (*read_counter)()) {
  constexpr unsigned tries = 6;
  Bracketed best{0, 0, ~u64{0}};
  for (unsigned i = 0; i < tries; ++i) {
    u64 before = read_counter();
    u64 value = chosen->read();
    u64 after = read_counter();
    if (after - before < best.spread) best = {value, before + (after - before) / 2, after - before};
  }
  return best;
}

// One counter in a round of the measurement.
class Measured {
 public:
  explicit Measured(u64 (*counter)()) : counter_{counter} {}
  void begin() { first_ = read_bracketed(counter_); }
  void end(u64 mask) {
    Bracketed last = read_bracketed(counter_);
    best_.add({(last.value - first_.value) & mask, last.counter - first_.counter, first_.spread + last.spread});
  }
  u64 began() const { return first_.value; }
  u64 frequency() const { return best_.frequency(chosen->hz()); }

 private:
  u64 (*counter_)();
  Bracketed first_{};
  Calibration best_;
};

PlatformClock::Frequencies measure(u64 (*other)()) {
  constexpr unsigned rounds = 3;
  const u64 mask = chosen->bits() == 64 ? ~u64{0} : bit(chosen->bits()) - 1;
  const u64 window = chosen->hz() / 60;  // 17 ms: a third of the shortest turn, the PIT's
  Measured tsc{arch::cycles}, second{other ? other : arch::cycles};
  for (unsigned round = 0; round < rounds; ++round) {
    tsc.begin();
    second.begin();
    while (((chosen->read() - second.began()) & mask) < window) arch::pause();
    tsc.end(mask);
    second.end(mask);
  }
  return {tsc.frequency(), other ? second.frequency() : 0};
}

}  // namespace

Result<PlatformClock::Frequencies> PlatformClock::start(const AcpiTables& acpi, u64 (*other)()) {
  chosen = TRY(choose(acpi));
  u64 hz = chosen->hz();
  log_info("Platform timer is {}.{:03}MHz {}", hz / 1'000'000, hz / 1000 % 1000, chosen->name());
  Frequencies measured = measure(other);
  rough_tsc_scale = TickScale::of_frequency(measured.tsc);
  state.with([&](State& s) {
    s.tsc = arch::cycles();
    s.counter = WrappingCounter{chosen->bits(), hz, chosen->read(), SystemTime{}};
  });
  return measured;
}

PlatformTimer* PlatformClock::timer() { return chosen; }

TimePoint PlatformClock::read() {
  return state.with([](State& s) {
    Bracketed now = read_bracketed(arch::cycles);
    i64 ticks = static_cast<i64>(now.counter - s.tsc);
    Duration since = ticks > 0 ? rough_tsc_scale.length(static_cast<u64>(ticks)) : Duration::zero();
    s.tsc = now.counter;
    return TimePoint{now.counter, s.counter.look(now.value, since)};
  });
}

Duration PlatformClock::longest_silence() {
  return state.with([](State& s) { return s.counter.turn() / 2; });
}

}  // namespace xenolith
