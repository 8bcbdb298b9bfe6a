// SPDX-License-Identifier: MIT
// Which domains there are.
#include <ctime>

#include "tools/base/error.hpp"
#include "tools/xl/command.hpp"
#include "tools/xl/domain_json_list.hpp"
#include "tools/xl/files.hpp"
#include "tools/xl/lookup.hpp"

namespace xenolith::tools::xl {
namespace {

char reason_letter(const DomainInfo& info) {
  constexpr std::string_view letters = "-rscwS";
  size_t reason = info.shutdown ? static_cast<size_t>(info.reason) : 0;
  return reason < letters.size() ? letters[reason] : '?';
}

std::string state_letters(const DomainInfo& info) {
  return {info.running ? 'r' : '-',  info.blocked ? 'b' : '-', info.paused ? 'p' : '-',
          info.shutdown ? 's' : '-', reason_letter(info),      info.dying ? 'd' : '-'};
}

struct Columns {
  bool verbose = false, context = false, claims = false, pool = false, numa = false;
  uint32_t nodes = 0;
};

void print_header(const Columns& columns) {
  fmt::print("Name                                        ID   Mem VCPUs\tState\tTime(s)");
  if (columns.verbose) fmt::print("   UUID                            Reason-Code\tSecurity Label");
  if (columns.context && !columns.verbose) fmt::print("   Security Label");
  if (columns.claims) fmt::print("  Claimed");
  if (columns.pool) fmt::print("         Cpupool");
  if (columns.numa) fmt::print(" NODE Affinity");
  fmt::print("\n");
}

void print_row(Context& context, const DomainInfo& info, const std::string& name, const Columns& columns) {
  fmt::print("{:<40} {:5} {:5} {:5}     {}  {:8.1f}", name.empty() ? "(null)" : name, info.id,
             to_kib(info.total + info.outstanding).value() / 1024, info.online_vcpus, state_letters(info),
             static_cast<double>(info.cpu_time.value()) / 1e9);
  if (columns.verbose)
    fmt::print(" {} {:>8}", info.handle.text(),
               info.shutdown ? fmt::format("{:x}", static_cast<unsigned>(info.reason)) : "-");
  if (columns.claims) fmt::print(" {:5}", to_kib(info.outstanding).value() / 1024);
  if (columns.verbose || columns.context) fmt::print(" {:>16}", "-");
  if (columns.pool) fmt::print("{:>16}", pool_name(context, info.pool));
  if (columns.numa) fmt::print(" {}", cpus_text(context.hypervisor().vcpus.node_affinity(info.id), columns.nodes));
  fmt::print("\n");
}

void print_rows(Context& context, const std::vector<DomainInfo>& domains, const Columns& columns) {
  print_header(columns);
  auto names = context.toolstack().names(domains);
  for (size_t i = 0; i < domains.size(); ++i) print_row(context, domains[i], names[i], columns);
}

int run_list(Context& context, const Arguments& arguments) {
  std::vector<DomainInfo> domains = chosen_domains(context, arguments.words());
  if (arguments.has('l')) {
    fmt::print("{}\n", domains_as_json(context, domains));
    return success;
  }
  Columns columns{.verbose = arguments.has('v'), .context = arguments.has('Z'), .pool = arguments.has('c'),
                  .numa = arguments.has('n')};
  if (columns.numa) columns.nodes = context.hypervisor().machine.physical_info().nodes;
  print_rows(context, domains, columns);
  return success;
}

int run_claims(Context& context, const Arguments&) {
  Columns columns{.claims = true};
  print_rows(context, context.hypervisor().domains.list(), columns);
  return success;
}

int run_vm_list(Context& context, const Arguments&) {
  fmt::print("UUID                                  ID    name\n");
  for (const DomainInfo& info : context.hypervisor().domains.list())
    fmt::print("{}  {}    {:<30}\n", info.handle.text(), info.id, domain_name(context, info.id));
  return success;
}

int run_domid(Context& context, const Arguments& arguments) {
  if (auto id = context.toolstack().find(arguments[0])) {
    fmt::print("{}\n", *id);
    return success;
  }
  fmt::print(stderr, "Can't get domid of domain name '{}', maybe this domain does not exist.\n", arguments[0]);
  return failure;
}

int run_domname(Context& context, const Arguments& arguments) {
  DomainId id(static_cast<uint16_t>(parse_argument("domain id", arguments[0], 0x7fef)));
  std::string name = context.toolstack().name(id);
  if (name.empty()) {
    fmt::print(stderr, "Can't get domain name of domain id '{}', maybe this domain does not exist.\n", id);
    return failure;
  }
  fmt::print("{}\n", name);
  return success;
}

int run_rename(Context& context, const Arguments& arguments) {
  DomainId domain = find_domain(context, arguments[0]);
  in_context("Can't rename domain '" + arguments[0] + "'",
             [&] { context.toolstack().rename(domain, arguments[1]); });
  return success;
}

std::string uptime_text(uint64_t seconds, bool brief) {
  uint64_t days = seconds / 86400, hours = seconds / 3600 % 24, minutes = seconds / 60 % 60;
  std::string text = days == 0 ? "" : fmt::format("{} day{}, ", days, days > 1 ? "s" : "");
  text += fmt::format("{:2}:{:02}", hours, minutes);
  return brief ? text : text + fmt::format(":{:02}", seconds % 60);
}

// Seconds since the domain's start; none if nobody wrote down when that was.
std::optional<uint64_t> uptime(Context& context, DomainId domain) {
  if (domain == DomainId(0)) return static_cast<uint64_t>(std::stod(read_file("/proc/uptime")));
  auto vm = context.store().find(fmt::format("/local/domain/{}/vm", domain));
  auto start = vm ? context.store().find(*vm + "/start_time") : std::nullopt;
  if (!start) return std::nullopt;
  double began = std::strtod(start->c_str(), nullptr);
  return static_cast<uint64_t>(std::max(0.0, static_cast<double>(std::time(nullptr)) - began));
}

void print_uptime(Context& context, DomainId domain, bool brief) {
  std::optional<uint64_t> seconds = uptime(context, domain);
  if (!seconds) return;
  std::string name = domain_name(context, domain), text = uptime_text(*seconds, brief);
  if (!brief) {
    fmt::print("{:<33} {:4} {}\n", name, domain, text);
    return;
  }
  std::time_t now = std::time(nullptr);
  char clock[16];
  std::strftime(clock, sizeof clock, "%H:%M:%S", std::localtime(&now));
  fmt::print(" {} up {}, {} ({})\n", clock, text, name, domain);
}

int run_uptime(Context& context, const Arguments& arguments) {
  bool brief = arguments.has('s');
  std::vector<DomainId> domains;
  for (const std::string& word : arguments.words()) domains.push_back(find_domain(context, word));
  if (arguments.size() == 0)
    for (const DomainInfo& info : context.hypervisor().domains.list()) domains.push_back(info.id);
  if (!brief) fmt::print("{:<33} {:>4} {}\n", "Name", "ID", "Uptime");
  for (DomainId domain : domains) print_uptime(context, domain, brief);
  return success;
}

const Command commands[] = {
    {.name = "list",
     .run = run_list,
     .usage = "[options] [Domain]\n",
     .description = "List the domains, or one of them",
     .option_help = "-l, --long              Print all that is known, as JSON\n"
                    "-v, --verbose           Print UUIDs and why domains shut down, too\n"
                    "-Z, --context           Print security labels, too\n"
                    "-c, --cpupool           Print cpupools, too\n"
                    "-n, --numa              Print NUMA node affinity, too",
     .options = {{'l', "long"}, {'v', "verbose"}, {'Z', "context"}, {'c', "cpupool"}, {'n', "numa"}}},
    {.name = "vm-list",
     .run = run_vm_list,
     .usage = "",
     .description = "List the guests with their UUIDs"},
    {.name = "claims",
     .run = run_claims,
     .usage = "",
     .description = "List the domains with the memory that is set aside for them"},
    {.name = "domid",
     .run = run_domid,
     .usage = "<DomainName>",
     .description = "Print a domain's number",
     .least_words = 1},
    {.name = "domname",
     .run = run_domname,
     .usage = "<DomainId>",
     .description = "Print a domain's name",
     .least_words = 1},
    {.name = "rename",
     .run = run_rename,
     .usage = "<Domain> <NewDomainName>",
     .description = "Give a domain another name",
     .least_words = 2,
     .modifies = true},
    {.name = "uptime",
     .run = run_uptime,
     .usage = "[-s] [Domain]",
     .description = "Show how long domains have been running",
     .option_help = "-s                      Short form, with the time of day",
     .options = {{'s', ""}}},
};

}  // namespace

std::span<const Command> list_commands() { return commands; }

}  // namespace xenolith::tools::xl
