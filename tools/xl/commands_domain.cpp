// SPDX-License-Identifier: MIT
// Making domains.
#include <csignal>

#include "tools/base/error.hpp"
#include "tools/config/domain_json.hpp"
#include "tools/xl/command.hpp"
#include "tools/xl/console_client.hpp"
#include "tools/xl/creation_input.hpp"
#include "tools/xl/lookup.hpp"
#include "tools/xl/monitor.hpp"
#include "tools/xl/progress.hpp"

namespace xenolith::tools::xl {
namespace {

// The exit statuses of xl create: libxl's error codes without their sign.
int exit_status(const Error& error) {
  switch (error.code()) {
    case ENOMEM: return 5;
    case EINVAL: case EEXIST: return 6;
    case ETIMEDOUT: return 9;
    default: return 3;
  }
}

// Ctrl-C cancels a creation; everything is undone then.
DomainId create_or_cancel(Context& context, const DomainConfig& config, CreateOptions options) {
  Task<DomainId> task = context.toolstack().create(config, std::move(options));
  bool cancelled = false;
  auto cancel = [&] { cancelled = true; };
  EventSource interrupt = context.loop().signal(SIGINT, cancel), terminate = context.loop().signal(SIGTERM, cancel);
  task.start();
  while (!task.done() && !cancelled) context.loop().run_once(std::chrono::hours(1));
  if (task.done()) return task.get();
  task = Task<DomainId>();
  fmt::print(stderr, "xl: interrupted; undoing what was begun\n");
  run_task(context.loop(), context.toolstack().settle());
  fail(EINTR, "interrupted");
}

DomainId create(Context& context, const Arguments& arguments, const DomainConfig& config, pid_t& console) {
  Progress progress(context.loop());
  CreateOptions options;
  options.paused = arguments.has('p');
  options.progress = [&](const std::string& step) { progress.step(step); };
  if (arguments.has('c')) options.console_ready = [&](DomainId domain) { console = start_console(domain); };
  return create_or_cancel(context, config, std::move(options));
}

void stay_with(Context& context, const Arguments& arguments, DomainId domain, const DomainConfig& config) {
  if (arguments.has('e')) return;
  if (arguments.has('F'))
    run_monitor(context, domain, config);
  else
    start_monitor(context, domain, config.name);
}

int create_from(Context& context, const Arguments& arguments, const CreationInput& input) {
  bool dry_run = context.dry_run || arguments.has('n');
  if (dry_run || arguments.has('d')) {
    fmt::print(dry_run ? stdout : stderr, "{}\n", to_json(input.config));
    if (dry_run) return success;
  }
  if (arguments.has('V') || arguments.has('A'))
    fmt::print(stderr, "xl: warning: there is no VNC display to connect to\n");
  pid_t console = 0;
  try {
    DomainId domain = create(context, arguments, input.config, console);
    stay_with(context, arguments, domain, input.config);
  } catch (const Error& error) {
    fmt::print(stderr, "xl: creating {} failed: {}\n", input.config.name, error.what());
    if (console > 0) ::kill(console, SIGTERM), wait_for_console(console);
    return exit_status(error);
  }
  if (console > 0 && !wait_for_console(console)) fmt::print(stderr, "xl: the console client failed\n");
  return success;
}

int run_create(Context& context, const Arguments& arguments) {
  try {
    return create_from(context, arguments, read_creation_input(context, arguments));
  } catch (const Error& error) {
    // A wrong configuration is 1, as in xl; a file that cannot be read is not.
    if (error.code() == EINVAL) throw;
    fmt::print(stderr, "xl: {}\n", error.what());
    return exit_status(error);
  }
}

int run_config_update(Context& context, const Arguments& arguments) {
  fmt::print(stderr,
             "WARNING: the configuration is kept up to date by itself, avoid using this command when possible\n");
  DomainId domain = find_domain(context, arguments[0]);
  CreationInput input = read_creation_input(context, arguments, 1);
  if (arguments.has('d') || context.dry_run) fmt::print("{}\n", to_json(input.config));
  if (context.dry_run) return success;
  fmt::print(stderr, "setting dom{} configuration\n", domain);
  input.config.uuid = context.hypervisor().domains.info(domain).handle;
  // As text for xl of other makes, and as what the monitor of a domain reads when it restarts it.
  context.toolstack().store_userdata(domain, "xl", input.text);
  context.toolstack().store_userdata(domain, "libxl-json", to_json(input.config));
  return success;
}

// Started by create: xl monitor DOMAIN UUID
int run_monitor_command(Context& context, const Arguments& arguments) {
  context.xenstored_patience = EventLoop::Clock::duration::max();  // it has to be there when the domain ends
  DomainId domain(static_cast<uint16_t>(parse_argument("domain", arguments[0], 0x7fef)));
  std::optional<DomainInfo> info = context.hypervisor().domains.find(domain);
  if (!info || info->handle != Uuid::parse(arguments[1])) {
    fmt::print(stderr, "Domain {} has been destroyed.\n", domain);
    return success;
  }
  std::optional<DomainConfig> config = context.toolstack().load_config(domain);
  if (!config) fail(ENOENT, "domain {} has no stored configuration", domain);
  run_monitor(context, domain, *config);
  return success;
}

const Command commands[] = {
    {.name = "create",
     .run = run_create,
     .usage = "<ConfigFile> [options] [vars]",
     .description = "Make a domain from a configuration file and start it",
     .option_help = "-c                      Connect to its console\n"
                    "-d                      Print the configuration as JSON, too\n"
                    "-e                      Leave no process behind: nobody restarts or destroys the domain\n"
                    "-F                      Stay with the domain in the foreground\n"
                    "-f FILE, --defconfig=FILE\n"
                    "                        Take the configuration from this file\n"
                    "-h                      Print this help\n"
                    "-n, --dryrun            Print the configuration as JSON and make nothing\n"
                    "-p                      Leave the domain paused\n"
                    "-q, --quiet             Say nothing about the file\n"
                    "-V, --vncviewer, -A, --vncviewer-autopass\n"
                    "                        Accepted; there is no VNC yet\n"
                    "--ignore-global-affinity-masks\n"
                    "                        Allow CPUs that xl.conf excludes\n"
                    "vars                    KEY=VALUE, as a line behind the file",
     .options = {{'A', "vncviewer-autopass"},
                 {'F', ""},
                 {'V', "vncviewer"},
                 {'c', ""},
                 {'d', ""},
                 {'e', ""},
                 {'f', "defconfig", true},
                 {'i', "ignore-global-affinity-masks"},
                 {'n', "dryrun"},
                 {'p', ""},
                 {'q', "quiet"}},
     .can_dry_run = true,
     .modifies = true},
    {.name = "config-update",
     .run = run_config_update,
     .usage = "<Domain> <ConfigFile> [options] [vars]",
     .description = "Change the configuration that a domain gets when it is restarted",
     .option_help = "-d                      Print the configuration as JSON, too\n"
                    "-f FILE, --defconfig=FILE\n"
                    "                        Take the configuration from this file",
     .options = {{'d', ""}, {'q', "quiet"}, {'f', "defconfig", true}},
     .least_words = 1,
     .can_dry_run = true,
     .modifies = true},
    {.name = "monitor",
     .run = run_monitor_command,
     .usage = "<DomainId> <UUID>",
     .description = "Act on a domain's end by its configuration (started by create)",
     .least_words = 2,
     .modifies = true},
};

}  // namespace

std::span<const Command> domain_commands() { return commands; }

}  // namespace xenolith::tools::xl
