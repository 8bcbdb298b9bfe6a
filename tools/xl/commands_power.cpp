// SPDX-License-Identifier: MIT
// A domain's running, and its end.
#include "tools/base/error.hpp"
#include "tools/base/join.hpp"
#include "tools/xenstore/wait.hpp"
#include "tools/xl/command.hpp"
#include "tools/xl/lookup.hpp"

namespace xenolith::tools::xl {
namespace {

int run_pause(Context& context, const Arguments& arguments) {
  context.toolstack().pause(find_domain(context, arguments[0]));
  return success;
}

int run_unpause(Context& context, const Arguments& arguments) {
  context.toolstack().unpause(find_domain(context, arguments[0]));
  return success;
}

int run_destroy(Context& context, const Arguments& arguments) {
  DomainId domain = find_domain(context, arguments[0]);
  if (domain == DomainId(0) && !arguments.has('f'))
    fail(EINVAL, "Not destroying domain 0; use -f to force.\n"
                 "This works only where another domain than 0 has the hardware and runs the toolstack.");
  run_task(context.loop(), context.toolstack().destroy(domain));
  return success;
}

struct PowerWish {
  PowerRequest request;
  Trigger trigger;       // for guests without Xen's drivers, with -F
  const char* beginning; // of the message: "Shutting down"
  const char* name;
};
constexpr PowerWish shutdown_wish{PowerRequest::poweroff, Trigger::power, "Shutting down", "shutdown"};
constexpr PowerWish reboot_wish{PowerRequest::reboot, Trigger::reset, "Rebooting", "reboot"};

// Whether an HVM guest has no PV drivers: it has never bound the event channel they need.
bool lacks_drivers(Context& context, const DomainInfo& info) {
  if (!info.hvm) return false;
  return context.hypervisor().vcpus.parameter(info.id, HVM_PARAM_CALLBACK_IRQ) == 0;
}

// Asks one domain; with `until_shutdown` or `until_gone`, waits.
Task<> ask(Context& context, DomainId domain, PowerWish wish, bool fallback, int wait) {
  Toolstack& toolstack = context.toolstack();
  DomainInfo info = context.hypervisor().domains.info(domain);
  fmt::print(stderr, "{} domain {}\n", wish.beginning, domain);
  if (fallback && lacks_drivers(context, info)) {
    fmt::print(stderr, "PV control interface not available: sending ACPI {} event.\n", wish.name);
    context.hypervisor().domains.trigger(domain, wish.trigger, VcpuId(0));
  } else {
    co_await toolstack.request(domain, wish.request);
  }
  if (wait == 0) co_return;
  DomainEnd end = co_await toolstack.wait_for_end(domain);
  if (!end.gone)
    fmt::print(stderr, "Domain {} has been shut down, reason code {}\n", domain, static_cast<int>(end.reason));
  // -w -w waits until it is destroyed as well.
  auto gone = [&context, domain] { return !context.hypervisor().domains.find(domain); };
  if (wait > 1) co_await wait_until(context.loop(), context.store(), "@releaseDomain", gone);
  if (end.gone || wait > 1) fmt::print(stderr, "Domain {} has been destroyed\n", domain);
}

int run_power(Context& context, const Arguments& arguments, const PowerWish& wish) {
  if (arguments.size() == 0 && !arguments.has('a')) fail(EINVAL, "You must specify -a or a domain id.");
  std::vector<DomainId> domains;
  if (arguments.has('a')) {
    for (const DomainInfo& info : context.hypervisor().domains.list(DomainId(1)))
      if (!info.xenstore && !info.shutdown && !info.dying) domains.push_back(info.id);
  } else {
    domains.push_back(find_domain(context, arguments[0]));
  }
  int wait = arguments.count('w');
  if (wait > 0) fmt::print(stderr, "Waiting for {} domain{}\n", domains.size(), domains.size() == 1 ? "" : "s");
  std::vector<Task<>> tasks;
  for (DomainId domain : domains) tasks.push_back(ask(context, domain, wish, arguments.has('F'), wait));
  run_task(context.loop(), join(context.loop(), std::move(tasks)));
  return success;
}

int run_shutdown(Context& context, const Arguments& arguments) { return run_power(context, arguments, shutdown_wish); }
int run_reboot(Context& context, const Arguments& arguments) { return run_power(context, arguments, reboot_wish); }

std::optional<Trigger> trigger_by_name(const std::string& name) {
  if (name == "nmi") return Trigger::nmi;
  if (name == "reset") return Trigger::reset;
  if (name == "init") return Trigger::init;
  if (name == "power") return Trigger::power;
  if (name == "sleep") return Trigger::sleep;
  return std::nullopt;
}

int run_trigger(Context& context, const Arguments& arguments) {
  DomainId domain = find_domain(context, arguments[0]);
  std::optional<Trigger> trigger = trigger_by_name(arguments[1]);
  if (!trigger) fail(EINVAL, "Invalid trigger \"{}\"", arguments[1]);
  VcpuId vcpu(arguments.size() > 2 ? parse_argument("VCPU", arguments[2], 4095) : 0);
  context.hypervisor().domains.trigger(domain, *trigger, vcpu);
  return success;
}

int run_button(Context& context, const Arguments& arguments) {
  DomainId domain = find_domain(context, arguments[0]);
  if (arguments[1] != "power" && arguments[1] != "sleep")
    fail(EINVAL, "{} is an invalid button identifier", arguments[1]);
  context.hypervisor().domains.trigger(domain, *trigger_by_name(arguments[1]), VcpuId(0));
  return success;
}

int run_sysrq(Context& context, const Arguments& arguments) {
  DomainId domain = find_domain(context, arguments[0]);
  if (arguments[1].size() != 1) fail(EINVAL, "Invalid sysrq: '{}' is not one letter", arguments[1]);
  context.toolstack().system_request(domain, arguments[1][0]);
  return success;
}

const std::vector<Option> power_options = {{'a', "all"}, {'w', "wait"}, {'F', ""}};

const Command commands[] = {
    {.name = "destroy",
     .run = run_destroy,
     .usage = "[options] <Domain>\n",
     .description = "End a domain at once",
     .option_help = "-f                      Even domain 0",
     .options = {{'f', ""}},
     .least_words = 1,
     .modifies = true},
    {.name = "shutdown",
     .run = run_shutdown,
     .usage = "[options] <-a|Domain>",
     .description = "Ask a domain to shut down",
     .option_help = "-a, --all               All guests\n"
                    "-F                      Press the ACPI power button where there are no PV drivers\n"
                    "-w, --wait              Wait until it has shut down; twice: until it is gone",
     .options = power_options,
     .modifies = true},
    {.name = "reboot",
     .run = run_reboot,
     .usage = "[options] <-a|Domain>",
     .description = "Ask a domain to reboot",
     .option_help = "-a, --all               All guests\n"
                    "-F                      Press the ACPI reset button where there are no PV drivers\n"
                    "-w, --wait              Wait until it has shut down; twice: until it is gone",
     .options = power_options,
     .modifies = true},
    {.name = "pause",
     .run = run_pause,
     .usage = "<Domain>",
     .description = "Stop a domain where it is",
     .least_words = 1,
     .modifies = true},
    {.name = "unpause",
     .run = run_unpause,
     .usage = "<Domain>",
     .description = "Let a paused domain run",
     .least_words = 1,
     .modifies = true},
    {.name = "trigger",
     .run = run_trigger,
     .usage = "<Domain> <nmi|reset|init|power|sleep> [<VCPU>]",
     .description = "Send an event to a domain as hardware would",
     .least_words = 2,
     .modifies = true},
    {.name = "button-press",
     .run = run_button,
     .usage = "<Domain> <power|sleep>",
     .description = "Press an ACPI button of a domain (older name for trigger)",
     .least_words = 2,
     .modifies = true},
    {.name = "sysrq",
     .run = run_sysrq,
     .usage = "<Domain> <letter>",
     .description = "Send a Linux domain a system request",
     .least_words = 2,
     .modifies = true},
};

}  // namespace

std::span<const Command> power_commands() { return commands; }

}  // namespace xenolith::tools::xl
