// SPDX-License-Identifier: MIT
// Consoles and channels, and the daemon for backends.
#include "tools/base/error.hpp"
#include "tools/devd/devd.hpp"
#include "tools/xl/command.hpp"
#include "tools/xl/console_client.hpp"
#include "tools/xl/lookup.hpp"

namespace xenolith::tools::xl {
namespace {

// dom0 has the console of a domain with a stub domain elsewhere; that is for HVM guests, which are not there.
int run_console(Context& context, const Arguments& arguments) {
  ConsoleChoice choice;
  if (auto type = arguments.value('t')) choice.type = *type;
  if (auto number = arguments.value('n')) choice.number = static_cast<int>(parse_argument("console", *number, 1023));
  if (choice.type != "pv" && choice.type != "serial" && choice.type != "vuart")
    fail(EINVAL, "console type supported are: pv, serial, vuart");
  DomainId domain = find_domain(context, arguments[0]);
  if (domain == DomainId(0))
    fail(EINVAL, "domain 0 has no console of this kind; xl dmesg shows the hypervisor's messages");
  become_console(domain, choice);
}

void print_channel(Context& context, const Device& device) {
  Toolstack& toolstack = context.toolstack();
  auto text = [&](const char* node) { return toolstack.frontend_detail(device, node); };
  auto number = [&](const char* node) {
    std::string value = text(node);
    return value.empty() ? std::string("-1") : value;
  };
  std::string connection = toolstack.detail(device, "connection");
  std::string tty = connection == "pty" ? text("tty") : "";
  fmt::print("{:<3} {:<2} {:<5} {:<6} {:<8} {:<10} {:<30}\n", device.id, device.backend_domain, number("state"),
             number("port"), number("ring-ref"), connection.empty() ? "unknown" : connection, tty);
}

int run_channel_list(Context& context, const Arguments& arguments) {
  fmt::print("{:<3} {:<2} {:<5} {:<6} {:>8} {:<10} {:<30}\n", "Idx", "BE", "state", "evt-ch", "ring-ref", "connection",
             "");
  for (const std::string& word : arguments.words())
    for (const Device& device : context.toolstack().devices(find_domain(context, word), DeviceKind::console))
      if (!context.toolstack().detail(device, "name").empty()) print_channel(context, device);
  return success;
}

int run_devd_command(Context&, const Arguments& arguments) {
  return run_devd({.foreground = arguments.has('F'), .pid_file = arguments.value('p').value_or("")});
}

const Command commands[] = {
    {.name = "console",
     .run = run_console,
     .usage = "[options] <Domain>",
     .description = "Connect to a domain's console (Ctrl-] leaves it)",
     .option_help = "-t <type>               pv, serial or vuart\n"
                    "-n <number>             Number of the console",
     .options = {{'t', "", true}, {'n', "", true}},
     .least_words = 1},
    {.name = "channel-list",
     .run = run_channel_list,
     .usage = "<Domain(s)>",
     .description = "List the channels of domains",
     .least_words = 1},
    {.name = "devd",
     .run = run_devd_command,
     .usage = "[options]",
     .description = "Serve the backends of this domain: run scripts and qemu",
     .option_help = "-F                      Stay in the foreground\n"
                    "-p, --pidfile [FILE]    Write the process id there",
     .options = {{'F', ""}, {'p', "pidfile", true}},
     .modifies = true},
};

}  // namespace

std::span<const Command> console_commands() { return commands; }

}  // namespace xenolith::tools::xl
