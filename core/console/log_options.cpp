// SPDX-License-Identifier: MIT
#include "core/console/log_options.hpp"

#include <atomic>

#include "core/boot/options.hpp"
#include "core/console/console.hpp"

namespace xenolith {
namespace {

constexpr LogThreshold initial_threshold{3, 3};        // info: Xen prints lines without a level always, ours are info
constexpr LogThreshold initial_guest_threshold{0, 2};  // none/warning

constexpr LogThreshold print_all{4, 4};

static_assert(std::atomic<LogThreshold>::is_always_lock_free);
constinit std::atomic<LogThreshold> hypervisor_threshold{initial_threshold};
constinit std::atomic<LogThreshold> guest_threshold{initial_guest_threshold};
constinit std::atomic<TimestampMode> mode{TimestampMode::none};
constinit std::atomic<unsigned> everything{0};

// Relaxed throughout: an option orders nothing else.
Result<void> set_hypervisor_threshold(std::string_view text) {
  hypervisor_threshold.store(TRY(LogThreshold::parse(text)), std::memory_order_relaxed);
  return {};
}
Result<void> set_guest_threshold(std::string_view text) {
  guest_threshold.store(TRY(LogThreshold::parse(text)), std::memory_order_relaxed);
  return {};
}
Result<void> set_timestamp_mode(std::string_view text) {
  mode.store(TRY(parse_timestamp_mode(text)), std::memory_order_relaxed);
  return {};
}

constexpr std::string_view threshold_form = "<level>[/<rate-limited level>], level: none | error | warning | info | debug | all";

constinit CustomOption loglvl{
    "loglvl", "Which messages of the hypervisor are printed.", threshold_form, set_hypervisor_threshold, "info",
    [](std::span<char> to) { return hypervisor_threshold.load(std::memory_order_relaxed).format_to(to); },
    OptionTime::runtime};
XENOLITH_REGISTER_OPTION(loglvl);
constinit CustomOption guest_loglvl{
    "guest_loglvl", "Which messages about guests are printed.", threshold_form, set_guest_threshold, "none/warning",
    [](std::span<char> to) { return guest_threshold.load(std::memory_order_relaxed).format_to(to); },
    OptionTime::runtime};
XENOLITH_REGISTER_OPTION(guest_loglvl);
constinit CustomOption console_timestamps{
    "console_timestamps", "The time in front of each console line.", "none | date | datems | boot | raw | <boolean>",
    set_timestamp_mode, "none", [](std::span<char> to) { return format(to, "{}", name_of(timestamp_mode())); },
    OptionTime::runtime};
XENOLITH_REGISTER_OPTION(console_timestamps);

}  // namespace

TimestampMode timestamp_mode() { return mode.load(std::memory_order_relaxed); }

LogThreshold Console::threshold(LogSource source) {
  if (everything.load(std::memory_order_relaxed) != 0) return print_all;
  return (source == LogSource::guest ? guest_threshold : hypervisor_threshold).load(std::memory_order_relaxed);
}

Console::Everything::Everything() { everything.fetch_add(1, std::memory_order_relaxed); }
Console::Everything::~Everything() { everything.fetch_sub(1, std::memory_order_relaxed); }

}  // namespace xenolith
