// SPDX-License-Identifier: MIT
// A guest that does what the first word of its command line says, for tests of what tools do to guests:
//   idle         sleeps for ever
//   spin         runs for ever
//   all          spins on all vCPUs
//   poweroff, reboot, suspend, crash    ends with that reason
//   fault        ends with a reboot that is no hypercall: x86: a triple fault, arm64: PSCI
//   console      says "console: ready" on its PV console, and sends back what is typed there
//   second       reboots if its domain number is odd, else sleeps for ever
// Small enough for a domain of 4 MiB.
#include "guests/actor.hpp"

#include <guest/machine.hpp>

#include "guests/framework/console_ring.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

std::string_view first_word() {
  std::string_view line = command_line();
  return line.substr(0, line.find(' '));
}

[[noreturn]] void shut_down(unsigned reason) {
  sched_shutdown request{.reason = reason};
  sched_op(SCHEDOP_shutdown, &request);
  halt_forever();
}

[[noreturn]] void idle() {
  for (;;) enable_and_halt();
}

[[noreturn]] void spin() {
  for (;;) pause();
}

[[noreturn]] void spin_everywhere() {
  for (u32 id = 1; id < cpu_count(); ++id) start_cpu(id, [] { spin(); });
  spin();
}

[[noreturn]] void send_back() {
  ConsoleRing console;
  console.write("console: ready\n");
  for (;;) {
    char text[256];
    size_t got = console.read(text, sizeof text, seconds(3600));
    console.write({text, got});
  }
}

bool is_odd_domain() { return domain_number() & 1; }

}  // namespace

void test_main() {
  std::string_view word = first_word();
  note("actor: {}", word);
  if (word == "idle") idle();
  if (word == "spin") spin();
  if (word == "console") send_back();
  if (word == "all") spin_everywhere();
  if (word == "poweroff") shut_down(SHUTDOWN_poweroff);
  if (word == "reboot") shut_down(SHUTDOWN_reboot);
  if (word == "suspend") shut_down(SHUTDOWN_suspend);
  if (word == "crash") shut_down(SHUTDOWN_crash);
  if (word == "fault") end_by_processor();
  if (word == "second") is_odd_domain() ? shut_down(SHUTDOWN_reboot) : idle();
  Check check{"actor"};
  check.skip("it acts on the words that tests of guests give it");
}

}  // namespace xenolith::guest
