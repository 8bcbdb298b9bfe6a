// SPDX-License-Identifier: MIT
// The machine and the hypervisor as a whole.
#include <sys/utsname.h>
#include <unistd.h>

#include "tools/base/error.hpp"
#include "tools/xl/command.hpp"
#include "tools/xl/context.hpp"
#include "tools/xl/hypervisor_fs.hpp"
#include "tools/xl/info_lines.hpp"

namespace xenolith::tools::xl {
namespace {

int run_info(Context& context, const Arguments& arguments) {
  bool numa = arguments.has('n');
  InfoLines lines = info_lines(context, numa);
  if (!numa && arguments.size() > 0) {
    for (const auto& [name, value] : lines)
      if (name.starts_with(arguments[0])) fmt::print("{}\n", value);
    return success;
  }
  for (const auto& [name, value] : lines) {
    // The tables of NUMA come before what the tools say of themselves.
    if (numa && name == "xen_major") print_numa(context);
    fmt::print("{:<23}:{}{}\n", name, name == "virt_caps" ? "" : " ", value);
  }
  return success;
}

int run_dmesg(Context& context, const Arguments& arguments) {
  std::string text = context.hypervisor().machine.read_console(arguments.has('c'));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return success;
}

int run_debug_keys(Context& context, const Arguments& arguments) {
  context.hypervisor().machine.debug_keys(arguments[0]);
  return success;
}

int run_set_parameters(Context& context, const Arguments& arguments) {
  set_parameters(context, arguments[0]);
  return success;
}

int run_top(Context&, const Arguments&) {
  ::execlp("xentop", "xentop", nullptr);
  fail_errno("xentop");
}

const Command commands[] = {
    {.name = "info",
     .run = run_info,
     .usage = "[-n] [<name>]",
     .description = "Show facts about the host and its hypervisor",
     .option_help = "-n, --numa              Show the NUMA topology, too",
     .options = {{'n', "numa"}}},
    {.name = "dmesg",
     .run = run_dmesg,
     .usage = "[-c]",
     .description = "Show the hypervisor's messages",
     .option_help = "-c, --clear             Empty the buffer afterwards",
     .options = {{'c', "clear"}}},
    {.name = "debug-keys",
     .run = run_debug_keys,
     .usage = "<Keys>",
     .description = "Send debug keys to the hypervisor (h lists them in xl dmesg)",
     .least_words = 1,
     .modifies = true},
    {.name = "set-parameters",
     .run = run_set_parameters,
     .usage = "<Params>",
     .description = "Change command-line parameters of the running hypervisor",
     .least_words = 1,
     .modifies = true},
    {.name = "top",
     .run = run_top,
     .usage = "",
     .description = "Watch the host and its domains"},
};

}  // namespace

std::span<const Command> machine_commands() { return commands; }

}  // namespace xenolith::tools::xl
