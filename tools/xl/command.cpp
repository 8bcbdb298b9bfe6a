// SPDX-License-Identifier: MIT
#include "tools/xl/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "tools/base/error.hpp"
#include "tools/xl/context.hpp"

namespace xenolith::tools::xl {
namespace {

// Of Xen's xl; not there.
constexpr std::string_view missing_commands[] = {"cd-eject",
                                                 "cd-insert",
                                                 "dump-core",
                                                 "getenforce",
                                                 "loadpolicy",
                                                 "migrate",
                                                 "migrate-receive",
                                                 "pci-assignable-add",
                                                 "pci-assignable-list",
                                                 "pci-assignable-remove",
                                                 "pci-attach",
                                                 "pci-detach",
                                                 "pci-list",
                                                 "psr-cat-set",
                                                 "psr-cat-show",
                                                 "psr-cmt-attach",
                                                 "psr-cmt-detach",
                                                 "psr-cmt-show",
                                                 "psr-hwinfo",
                                                 "psr-mba-set",
                                                 "psr-mba-show",
                                                 "qemu-monitor-command",
                                                 "remus",
                                                 "restore",
                                                 "save",
                                                 "setenforce",
                                                 "usb-list",
                                                 "usbctrl-attach",
                                                 "usbctrl-detach",
                                                 "usbdev-attach",
                                                 "usbdev-detach",
                                                 "vdispl-attach",
                                                 "vdispl-detach",
                                                 "vdispl-list",
                                                 "vkb-attach",
                                                 "vkb-detach",
                                                 "vkb-list",
                                                 "vncviewer",
                                                 "vsnd-attach",
                                                 "vsnd-detach",
                                                 "vsnd-list",
                                                 "vtpm-attach",
                                                 "vtpm-detach",
                                                 "vtpm-list"};

std::vector<const Command*> all_commands() {
  std::vector<const Command*> all;
  for (auto group :
       {domain_commands(), list_commands(), power_commands(), console_commands(), vcpu_commands(), memory_commands(),
        machine_commands(), scheduler_commands(), device_commands(), cpupool_commands()})
    for (const Command& command : group) all.push_back(&command);
  return all;
}

// Takes -v, -f, -t, -T and -N from the front. Returns how many arguments they were.
size_t take_global_options(Context& context, std::span<const std::string> arguments) {
  size_t taken = 0;
  for (; taken < arguments.size(); ++taken) {
    std::string_view text = arguments[taken];
    if (text.size() < 2 || text.front() != '-') break;
    if (text == "--") return taken + 1;
    for (char letter : text.substr(1)) {
      switch (letter) {
        case 'v': ++context.verbosity; break;
        case 'N': context.dry_run = true; break;
        case 'f': context.force = true; break;
        case 't': case 'T': break;  // about the form of progress messages, which xl's own are too few to need
        default: throw UsageError{"unknown global option\n", false};
      }
    }
  }
  return taken;
}

int run_help(std::span<const std::string> words) {
  if (words.empty() || words[0] == "help") {
    print_overview();
    return success;
  }
  if (const Command* command = find_command(words[0]))
    print_help(*command);
  else
    fmt::print("command \"{}\" not implemented\n", words[0]);
  return success;
}

int run_command(Context& context, const Command& command, std::span<const std::string> rest) {
  try {
    Arguments arguments(rest, command.options);
    if (arguments.has('h')) {
      print_help(command);
      return success;
    }
    if (arguments.size() < command.least_words)
      throw UsageError{fmt::format("'xl {}' requires at least {} argument{}.\n\n", command.name, command.least_words,
                                   command.least_words > 1 ? "s" : ""), true};
    return command.run(context, arguments);
  } catch (const UsageError& error) {
    fmt::print(stderr, "{}", error.message);
    if (error.help) print_help(command);
    return wrong_usage;
  }
}

int run_words(Context& context, std::span<const std::string> arguments) {
  arguments = arguments.subspan(take_global_options(context, arguments));
  if (arguments.empty()) {
    print_overview();
    return failure;
  }
  const Command* command = find_command(arguments[0]);
  if (!command && arguments[0] == "help") return run_help(arguments.subspan(1));
  if (!command) {
    bool known = std::ranges::find(missing_commands, arguments[0]) != std::end(missing_commands);
    fmt::print(stderr, "{}\n", known ? "xl: " + arguments[0] + " is not supported yet" : "command not implemented");
    return failure;
  }
  if (context.dry_run && !command->can_dry_run) {
    fmt::print(stderr, "command does not implement -N (dryrun) option\n");
    return failure;
  }
  return run_command(context, *command, arguments.subspan(1));
}

}  // namespace

const std::vector<const Command*>& command_table() {
  static const std::vector<const Command*> table = all_commands();
  return table;
}

const Command* find_command(std::string_view name) {
  const Command* match = nullptr;
  int matches = 0;
  for (const Command* command : command_table()) {
    if (command->name == name) return command;
    if (!command->name.starts_with(name)) continue;
    match = command;
    ++matches;
  }
  return matches == 1 ? match : nullptr;
}

void print_overview() {
  fmt::print("Usage xl [-vfNtT] <subcommand> [args]\n\nxl full list of subcommands:\n\n");
  for (const Command* command : command_table()) fmt::print(" {:<19} {}\n", command->name, command->description);
}

void print_help(const Command& command) {
  fmt::print("Usage: xl [-vtT{}{}] {} {}\n\n{}.\n\n", command.modifies ? "f" : "", command.can_dry_run ? "N" : "",
             command.name, command.usage, command.description);
  if (!command.option_help.empty()) fmt::print("Options:\n\n{}\n", command.option_help);
}

int run_command_line(Context& context, std::span<const std::string> arguments) {
  int status;
  try {
    status = run_words(context, arguments);
  } catch (const UsageError& error) {
    fmt::print(stderr, "{}", error.message);
    status = failure;
  } catch (const std::exception& error) {
    fmt::print(stderr, "xl: {}\n", error.what());
    status = failure;
  }
  // A full disk or a closed pipe behind stdout is a failure, too.
  if (std::fflush(stdout) != 0 && status == success) {
    std::perror("stdout");
    status = failure;
  }
  return status;
}

}  // namespace xenolith::tools::xl
