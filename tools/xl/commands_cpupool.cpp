// SPDX-License-Identifier: MIT
// cpupools: sets of CPUs, each with a scheduler of its own.
#include <algorithm>

#include "tools/base/error.hpp"
#include "tools/base/uuid.hpp"
#include "tools/xl/command.hpp"
#include "tools/xl/files.hpp"
#include "tools/xl/lookup.hpp"
#include "tools/xl/pool_config.hpp"

namespace xenolith::tools::xl {
namespace {

std::string pool_path(PoolId pool) { return fmt::format("/local/pool/{}", pool); }

void write_name(Context& context, PoolId pool, const std::string& name) {
  context.store().write(pool_path(pool) + "/name", name);
}

// A pool with a name and its CPUs, or none at all.
PoolId create_pool(Context& context, Scheduler scheduler, const std::string& name, const CpuSet& cpus) {
  Scheduling& scheduling = context.hypervisor().scheduling;
  PoolId pool = scheduling.create_pool(scheduler);
  try {
    for (CpuId cpu : cpus.members()) scheduling.add_cpu(pool, cpu);
    context.store().transact([&](StoreTransaction& transaction) {
      transaction.write(pool_path(pool) + "/uuid", Uuid::random().text());
      transaction.write(pool_path(pool) + "/name", name);
    });
  } catch (...) {
    for (const PoolInfo& made : scheduling.pools()) {
      if (made.id != pool) continue;
      for (CpuId cpu : made.cpus.members()) scheduling.remove_cpu(pool, cpu);
    }
    scheduling.destroy_pool(pool);
    throw;
  }
  return pool;
}

bool name_taken(Context& context, const std::string& name) {
  return std::ranges::any_of(context.hypervisor().scheduling.pools(),
                             [&](const PoolInfo& pool) { return pool_name(context, pool.id) == name; });
}

CpuSet wanted_cpus(Context& context, const PoolConfig& config) {
  CpuSet free = context.hypervisor().scheduling.free_cpus();
  std::vector<uint32_t> node_of = nodes_of_cpus(context);
  if (config.nodes) {
    CpuSet cpus = config.nodes->resolve(node_of) & free;
    if (cpus.empty()) fail(EINVAL, "no free cpu found");
    return cpus;
  }
  CpuSet cpus = config.cpus ? config.cpus->resolve(node_of) : CpuSet();
  for (CpuId cpu : cpus.members())
    if (!free.contains(cpu)) fail(EINVAL, "cpu {} illegal or not free", cpu);
  return cpus;
}

int run_create(Context& context, const Arguments& arguments) {
  std::string file = arguments.value('f').value_or("");
  std::vector<std::string> variables;
  for (const std::string& word : arguments.words()) {
    if (word.find('=') != word.npos) variables.push_back(word);
    else if (file.empty()) file = word;
    else throw UsageError{"", true};
  }
  PoolConfig config = parse_pool_config(file.empty() ? "" : read_file(file), file, variables);
  if (name_taken(context, config.name)) fail(EEXIST, "Pool name \"{}\" already exists", config.name);
  Scheduler scheduler = config.scheduler.value_or(context.hypervisor().scheduling.default_scheduler());
  CpuSet cpus = wanted_cpus(context, config);
  fmt::print("Using config file \"{}\"\n", file.empty() ? "command line" : file);
  fmt::print("cpupool name:   {}\nscheduler:      {}\nnumber of cpus: {}\n", config.name, scheduler_name(scheduler),
             cpus.count());
  if (!context.dry_run && !arguments.has('n')) create_pool(context, scheduler, config.name, cpus);
  return success;
}

int run_list(Context& context, const Arguments& arguments) {
  std::optional<PoolId> only;
  if (arguments.size() > 0) only = find_pool(context, arguments[0]).id;
  bool cpus = arguments.has('c');
  fmt::print("{:<19}{}\n", "Name", cpus ? "CPU list" : "CPUs   Sched     Active   Domain count");
  for (const PoolInfo& pool : context.hypervisor().scheduling.pools()) {
    if (only && pool.id != *only) continue;
    std::string name = pool_name(context, pool.id);
    std::vector<uint32_t> numbers;
    for (CpuId cpu : pool.cpus.members()) numbers.push_back(cpu.value());
    if (cpus)
      fmt::print("{:<19}{}\n", name, fmt::join(numbers, ","));
    else
      fmt::print("{:<19}{:3} {:>9}       y       {:4}\n", name, numbers.size(), scheduler_name(pool.scheduler),
                 pool.domains);
  }
  return success;
}

int run_destroy(Context& context, const Arguments& arguments) {
  PoolInfo pool = find_pool(context, arguments[0]);
  Scheduling& scheduling = context.hypervisor().scheduling;
  if (pool.domains > 0)
    fail(EBUSY, "Can't destroy cpupool '{}': there are {} domains in it", arguments[0], pool.domains);
  in_context("Can't destroy cpupool '" + arguments[0] + "'", [&] {
    for (CpuId cpu : pool.cpus.members()) scheduling.remove_cpu(pool.id, cpu);
    scheduling.destroy_pool(pool.id);
  });
  context.store().remove(pool_path(pool.id));
  return success;
}

int run_rename(Context& context, const Arguments& arguments) {
  PoolInfo pool = find_pool(context, arguments[0]);
  if (arguments[1].empty() || name_taken(context, arguments[1]))
    fail(EEXIST, "Can't rename cpupool '{}': '{}' is no free name", arguments[0], arguments[1]);
  write_name(context, pool.id, arguments[1]);
  return success;
}

int run_add(Context& context, const Arguments& arguments) {
  PoolId pool = find_pool(context, arguments[0]).id;
  for (CpuId cpu : parse_cpus(context, arguments[1]).members())
    in_context(fmt::format("CPU {} was not added to {}", cpu, arguments[0]),
               [&] { context.hypervisor().scheduling.add_cpu(pool, cpu); });
  return success;
}

int run_remove(Context& context, const Arguments& arguments) {
  PoolId pool = find_pool(context, arguments[0]).id;
  for (CpuId cpu : parse_cpus(context, arguments[1]).members())
    in_context(fmt::format("CPU {} was not removed from {}", cpu, arguments[0]),
               [&] { context.hypervisor().scheduling.remove_cpu(pool, cpu); });
  return success;
}

int run_migrate(Context& context, const Arguments& arguments) {
  DomainId domain = find_domain(context, arguments[0]);
  PoolId pool = find_pool(context, arguments[1]).id;
  context.hypervisor().scheduling.move_domain(pool, domain);
  return success;
}

// Pool-0 keeps node 0's CPUs and becomes Pool-node0; each other node gets a pool.
int run_numa_split(Context& context, const Arguments&) {
  Scheduling& scheduling = context.hypervisor().scheduling;
  if (scheduling.pools().size() > 1) fail(EBUSY, "splitting not possible, already cpupools in use");
  Scheduler scheduler = scheduling.default_scheduler();
  std::map<uint32_t, CpuSet> nodes;
  for (const CpuTopology& cpu : context.hypervisor().machine.topology())
    if (cpu.online) nodes[cpu.node].add(cpu.cpu);
  if (nodes.empty()) fail(EINVAL, "the machine's topology is not known");
  uint32_t first = nodes.begin()->first;
  uint32_t dom0_vcpus = std::min(context.hypervisor().domains.info(DomainId(0)).online_vcpus, nodes[first].count());
  context.toolstack().set_online_vcpus(DomainId(0), std::max(dom0_vcpus, 1u));
  write_name(context, PoolId(0), fmt::format("Pool-node{}", first));
  nodes.erase(first);
  for (const auto& [node, cpus] : nodes) {
    for (CpuId cpu : cpus.members()) scheduling.remove_cpu(PoolId(0), cpu);
    create_pool(context, scheduler, fmt::format("Pool-node{}", node), cpus);
  }
  return success;
}

const Command commands[] = {
    {.name = "cpupool-create",
     .run = run_create,
     .usage = "[options] [<ConfigFile>] [Variable=value ...]",
     .description = "Make a cpupool of free CPUs",
     .option_help = "-f FILE, --defconfig=FILE    Take the configuration from this file\n"
                    "-n, --dryrun                 Only show what would be made",
     .options = {{'f', "defconfig", true}, {'n', "dryrun"}},
     .can_dry_run = true,
     .modifies = true},
    {.name = "cpupool-list",
     .run = run_list,
     .usage = "[-c|--cpus] [<CPU Pool>]",
     .description = "List the cpupools",
     .option_help = "-c, --cpus                   Show their CPUs by number",
     .options = {{'c', "cpus"}}},
    {.name = "cpupool-destroy",
     .run = run_destroy,
     .usage = "<CPU Pool>",
     .description = "End a cpupool without domains; its CPUs become free",
     .least_words = 1,
     .modifies = true},
    {.name = "cpupool-rename",
     .run = run_rename,
     .usage = "<CPU Pool> <new name>",
     .description = "Give a cpupool another name",
     .least_words = 2,
     .modifies = true},
    {.name = "cpupool-cpu-add",
     .run = run_add,
     .usage = "<CPU Pool> <CPU nr>|node:<node nr>",
     .description = "Move free CPUs into a cpupool",
     .least_words = 2,
     .modifies = true},
    {.name = "cpupool-cpu-remove",
     .run = run_remove,
     .usage = "<CPU Pool> <CPU nr>|node:<node nr>",
     .description = "Take CPUs out of a cpupool",
     .least_words = 2,
     .modifies = true},
    {.name = "cpupool-migrate",
     .run = run_migrate,
     .usage = "<Domain> <CPU Pool>",
     .description = "Move a domain into a cpupool",
     .least_words = 2,
     .modifies = true},
    {.name = "cpupool-numa-split",
     .run = run_numa_split,
     .usage = "",
     .description = "Make a cpupool of each NUMA node",
     .modifies = true},
};

}  // namespace

std::span<const Command> cpupool_commands() { return commands; }

}  // namespace xenolith::tools::xl
