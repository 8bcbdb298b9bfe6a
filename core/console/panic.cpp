// SPDX-License-Identifier: MIT
// The last words of the hypervisor: panic, and the end of the hardware domain. No locks: their state is unknown.
#include <arch/cpu.hpp>
#include <arch/machine_end.hpp>

#include <array>
#include <atomic>

#include "core/base/interface.hpp"
#include "core/base/log.hpp"
#include "core/boot/options.hpp"
#include "core/console/console.hpp"
#include "core/domain/end_of_machine.hpp"

namespace xenolith {
namespace {

constinit BoolOption noreboot{"noreboot", "After a panic, or when the hardware domain crashes, wait for a person.", false};
XENOLITH_REGISTER_OPTION(noreboot);

constexpr std::string_view rule = "****************************************";
constexpr u32 nobody = ~u32{0};
constinit std::atomic<u32> panicking_cpu{nobody};

template <class... Arguments>
void say(std::string_view format_text, const Arguments&... arguments) {
  std::array<char, 128> text;
  Console::print("(XEN) ", {text.data(), format(text, format_text, arguments...)});
}

// One CPU has the last word; a panic while that one prints its own ends at once.
void claim_last_word() {
  u32 self = arch::this_cpu().raw(), winner = nobody;
  if (panicking_cpu.compare_exchange_strong(winner, self)) return;
  if (winner == self) arch::end_of_panic(!noreboot.value());
  arch::halt_machine();
}

[[noreturn]] void reboot_after_crash() {
  if (noreboot.value()) {
    say("Hardware Dom0 crashed: 'noreboot' set - not rebooting.");
    arch::halt_machine();
  }
  say("Hardware Dom0 crashed: rebooting machine in 5 seconds.");
  arch::wait_busily(seconds(5));
  arch::reboot_machine();
}

}  // namespace

void panic_line(std::string_view format, std::span<const FormatArgument> arguments) {
  arch::disable_interrupts();
  claim_last_word();
  Console::enter_panic();
  arch::start_emergency_console();
  std::array<char, 400> text;
  say("");
  say("{}", rule);
  say("Panic on CPU {}:", arch::this_cpu());
  Console::print("(XEN) ", {text.data(), format_to(text, format, arguments)});
  say("{}", rule);
  say("");
  arch::print_backtrace_here();
  say(noreboot.value() ? "Manual reset required ('noreboot' specified)" : "Reboot in five seconds...");
  arch::end_of_panic(!noreboot.value());
}

void end_of_hardware_domain(u8 code) {
  arch::disable_interrupts();
  arch::stop_other_cpus_for_end();
  Console::enter_panic();
  switch (code) {
    case SHUTDOWN_poweroff:
      say("Hardware Dom0 halted: halting machine");
      arch::power_off_machine();
    case SHUTDOWN_crash: reboot_after_crash();
    case SHUTDOWN_watchdog:
      say("Hardware Dom0 watchdog rebooting machine");
      break;
    case SHUTDOWN_soft_reset:
      say("Hardware domain {} did unsupported soft reset, rebooting.", 0);
      break;
    case SHUTDOWN_reboot:
      say("Hardware Dom0 shutdown: rebooting machine");
      break;
    default:
      say("Hardware Dom0 shutdown (unknown reason {}): rebooting machine", code);
      break;
  }
  arch::reboot_machine();
}

}  // namespace xenolith
