// SPDX-License-Identifier: MIT
// Virtual CPUs.
#include "tools/base/error.hpp"
#include "tools/xl/command.hpp"
#include "tools/xl/lookup.hpp"

namespace xenolith::tools::xl {
namespace {

void print_vcpu(const std::string& name, DomainId domain, const VcpuInfo& vcpu, const std::string& affinity) {
  std::string cpu = vcpu.online ? std::to_string(vcpu.cpu.value()) : "-";
  std::string state = vcpu.online ? std::string{vcpu.running ? 'r' : '-', vcpu.blocked ? 'b' : '-', '-'} : "--p";
  fmt::print("{:<32} {:5} {:5} {:>5} {:>5} {:9.1f}  {}\n", name, domain, vcpu.id, cpu, state,
             static_cast<double>(vcpu.cpu_time.value()) / 1e9, affinity);
}

void print_vcpus(Context& context, const DomainInfo& domain, uint32_t cpus) {
  std::string name = domain_name(context, domain.id);
  Vcpus& vcpus = context.hypervisor().vcpus;
  for (uint32_t id = 0; id < domain.vcpus; ++id) {
    VcpuId vcpu(id);
    try {
      print_vcpu(name, domain.id, vcpus.info(domain.id, vcpu),
                 fmt::format("{} / {}", cpus_text(vcpus.hard_affinity(domain.id, vcpu), cpus),
                             cpus_text(vcpus.soft_affinity(domain.id, vcpu), cpus)));
    } catch (const Error& error) {
      if (error.code() != ESRCH) throw;  // ESRCH: a vCPU that was never made, or a domain that has just gone
    }
  }
}

int run_vcpu_list(Context& context, const Arguments& arguments) {
  uint32_t cpus = context.hypervisor().machine.physical_info().max_cpu_id + 1;
  std::vector<DomainInfo> domains;
  for (const std::string& word : arguments.words())
    domains.push_back(context.hypervisor().domains.info(find_domain(context, word)));
  if (arguments.size() == 0) domains = context.hypervisor().domains.list();
  fmt::print("{:<32} {:>5} {:>5} {:>5} {:>5} {:>9} {}\n", "Name", "ID", "VCPU", "CPU", "State", "Time(s)",
             "Affinity (Hard / Soft)");
  for (const DomainInfo& domain : domains) print_vcpus(context, domain, cpus);
  return success;
}

// The CPUs that guests of this type may use at all, by xl.conf.
CpuSet allowed_cpus(Context& context, const DomainInfo& domain) {
  const GlobalConfig& settings = context.settings;
  CpuSet allowed = parse_cpus(context, settings.cpu_mask.empty() ? "all" : settings.cpu_mask);
  const std::string& by_type = domain.hvm ? settings.hvm_cpu_mask : settings.pv_cpu_mask;
  return by_type.empty() ? allowed : allowed & parse_cpus(context, by_type);
}

struct Pinning {
  std::optional<CpuSet> hard, soft;
};

void pin(Context& context, DomainId domain, VcpuId vcpu, const Pinning& pinning, bool force) {
  Vcpus& vcpus = context.hypervisor().vcpus;
  if (pinning.hard) vcpus.set_hard_affinity(domain, vcpu, *pinning.hard, force);
  if (pinning.soft) vcpus.set_soft_affinity(domain, vcpu, *pinning.soft, force);
}

std::optional<CpuSet> parse_affinity(Context& context, const Arguments& arguments, size_t index) {
  if (arguments.size() <= index || arguments[index] == "-") return std::nullopt;
  return parse_cpus(context, arguments[index]);
}

int run_vcpu_pin(Context& context, const Arguments& arguments) {
  DomainInfo domain = context.hypervisor().domains.info(find_domain(context, arguments[0]));
  bool all = arguments[1] == "all", force = arguments.has('f');
  if (all && force) fail(EINVAL, "--force and 'all' as VCPU not allowed");
  VcpuId vcpu(all ? 0 : parse_argument("VCPU", arguments[1], 4095));
  Pinning pinning{parse_affinity(context, arguments, 2), parse_affinity(context, arguments, 3)};
  if (context.dry_run) {
    uint32_t cpus = context.hypervisor().machine.physical_info().max_cpu_id + 1;
    fmt::print("cpumap: {}", pinning.hard ? cpus_text(*pinning.hard, cpus) : "-");
    fmt::print("{}\n", pinning.soft ? " " + cpus_text(*pinning.soft, cpus) : "");
    return success;
  }
  if (pinning.hard && !arguments.has('i')) {
    pinning.hard = *pinning.hard & allowed_cpus(context, domain);
    if (pinning.hard->empty()) fail(EINVAL, "xl.conf allows none of these CPUs");
  }
  for (uint32_t id = all ? 0 : vcpu.value(); id < (all ? domain.vcpus : vcpu.value() + 1); ++id)
    in_context(fmt::format("Could not set affinity for vcpu `{}'", id),
               [&] { pin(context, domain.id, VcpuId(id), pinning, force); });
  return success;
}

int run_vcpu_set(Context& context, const Arguments& arguments) {
  DomainInfo domain = context.hypervisor().domains.info(find_domain(context, arguments[0]));
  uint32_t count = parse_argument("vCPUs", arguments[1], 4096);
  uint32_t host = context.hypervisor().machine.physical_info().max_cpu_id + 1;
  if (!arguments.has('i') && count > domain.online_vcpus && count > host)
    fail(EINVAL, "the host has {} CPUs, and {} vCPUs are wanted; --ignore-host allows that", host, count);
  context.toolstack().set_online_vcpus(domain.id, count);
  return success;
}

const Command commands[] = {
    {.name = "vcpu-list",
     .run = run_vcpu_list,
     .usage = "[Domain, ...]",
     .description = "List the vCPUs of all or some domains"},
    {.name = "vcpu-pin",
     .run = run_vcpu_pin,
     .usage = "[option] <Domain> <VCPU|all> <Hard affinity|-|all> <Soft affinity|-|all>",
     .description = "Say which CPUs a vCPU must or should run on",
     .option_help = "-f, --force             Replace a pinning that the domain's kernel made\n"
                    "--ignore-global-affinity-masks\n"
                    "                        Allow CPUs that xl.conf excludes",
     .options = {{'f', "force"}, {'i', "ignore-global-affinity-masks"}},
     .least_words = 3,
     .can_dry_run = true,
     .modifies = true},
    {.name = "vcpu-set",
     .run = run_vcpu_set,
     .usage = "[option] <Domain> <vCPUs>",
     .description = "Set how many vCPUs of a domain are online",
     .option_help = "-i, --ignore-host       Allow more vCPUs than the host has CPUs",
     .options = {{'i', "ignore-host"}},
     .least_words = 2,
     .modifies = true},
};

}  // namespace

std::span<const Command> vcpu_commands() { return commands; }

}  // namespace xenolith::tools::xl
