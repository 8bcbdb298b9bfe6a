// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/xl/arguments.hpp"

namespace xenolith::tools::xl {

class Context;

constexpr int success = 0, failure = 1, wrong_usage = 2;

// A subcommand of xl.
struct Command {
  std::string_view name;
  int (*run)(Context&, const Arguments&);  // gives the exit status; may throw Error or UsageError
  std::string_view usage;                  // what follows the name
  std::string_view description;            // one line, without a full stop
  std::string_view option_help{};          // a line for each option
  std::vector<Option> options{};
  size_t least_words = 0;
  bool can_dry_run = false;
  bool modifies = false;
};

// All subcommands, in the order of `xl help`.
const std::vector<const Command*>& command_table();
// By name or by a beginning that only one has. None if there is no such command.
const Command* find_command(std::string_view name);

// On stdout.
void print_overview();
void print_help(const Command& command);

// Runs `xl arguments...` (without the program's name) and gives its exit status. Messages go to stderr.
int run_command_line(Context& context, std::span<const std::string> arguments);

// The groups of commands, one for each source file.
std::span<const Command> domain_commands();     // create, config-update
std::span<const Command> power_commands();      // destroy, shutdown, pause, trigger...
std::span<const Command> list_commands();       // list, domid, domname, uptime...
std::span<const Command> console_commands();    // console, channel-list, devd
std::span<const Command> device_commands();     // block-*, network-*
std::span<const Command> vcpu_commands();       // vcpu-*
std::span<const Command> memory_commands();     // mem-*, sharing, claims
std::span<const Command> machine_commands();    // info, dmesg, debug-keys...
std::span<const Command> scheduler_commands();  // sched-*
std::span<const Command> cpupool_commands();    // cpupool-*

}  // namespace xenolith::tools::xl
