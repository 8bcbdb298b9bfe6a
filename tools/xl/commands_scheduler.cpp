// SPDX-License-Identifier: MIT
// Shares of the CPUs: the schedulers' parameters.
#include "tools/base/error.hpp"
#include "tools/xl/command.hpp"
#include "tools/xl/lookup.hpp"

namespace xenolith::tools::xl {
namespace {

constexpr uint32_t any = UINT32_MAX;

void print_share_header() { fmt::print("{:<33} {:>4} {:>6} {:>4}\n", "Name", "ID", "Weight", "Cap"); }

void print_share(Context& context, DomainId domain, Scheduler scheduler) {
  SchedulingShare share = context.hypervisor().scheduling.share(domain, scheduler);
  fmt::print("{:<33} {:4} {:6} {:4}\n", domain_name(context, domain), domain, share.weight, share.cap);
}

void print_pool_settings(Context& context, PoolId pool, Scheduler scheduler) {
  std::string name = pool_name(context, pool);
  Scheduling& scheduling = context.hypervisor().scheduling;
  try {
    if (scheduler == Scheduler::credit) {
      CreditSettings settings = scheduling.credit_settings(pool);
      fmt::print("Cpupool {}: tslice={}ms ratelimit={}us migration-delay={}us\n", name, settings.timeslice_ms,
                 settings.ratelimit_us, settings.migration_delay_us);
    } else if (scheduler == Scheduler::credit2) {
      fmt::print("Cpupool {}: ratelimit={}us\n", name, scheduling.credit2_ratelimit_us(pool));
    } else {
      fmt::print("Cpupool {}: sched=RTDS\n", name);
    }
  } catch (const Error&) {
    fmt::print("Cpupool {}: [sched params unavailable]\n", name);
  }
}

// Prints pools that use the scheduler, each with its domains: `header` once for each pool, `row` for each domain.
void print_pools(Context& context, Scheduler scheduler, const std::optional<std::string>& only, void (*header)(),
                 void (*row)(Context&, DomainId, Scheduler)) {
  std::optional<PoolId> chosen;
  if (only) chosen = find_pool(context, *only).id;
  std::vector<DomainInfo> domains = context.hypervisor().domains.list();
  for (const PoolInfo& pool : context.hypervisor().scheduling.pools()) {
    if (pool.scheduler != scheduler || (chosen && pool.id != *chosen)) continue;
    print_pool_settings(context, pool.id, scheduler);
    header();
    for (const DomainInfo& domain : domains)
      if (domain.pool == pool.id) row(context, domain.id, scheduler);
  }
}

int run_schedule_parameters(Context& context, const Arguments& arguments, Scheduler scheduler) {
  Scheduling& scheduling = context.hypervisor().scheduling;
  PoolId pool = arguments.has('p') ? find_pool(context, *arguments.value('p')).id : PoolId(0);
  auto number = [&](char letter, uint32_t otherwise) {
    auto text = arguments.value(letter);
    return text ? parse_argument("value", *text, any) : otherwise;
  };
  if (!arguments.has('t') && !arguments.has('r') && !arguments.has('m')) {
    print_pool_settings(context, pool, scheduler);
  } else if (scheduler == Scheduler::credit) {
    CreditSettings settings = scheduling.credit_settings(pool);
    scheduling.set_credit_settings(pool, {number('t', settings.timeslice_ms), number('r', settings.ratelimit_us),
                                          number('m', settings.migration_delay_us)});
  } else {
    scheduling.set_credit2_ratelimit_us(pool, number('r', 1000));
  }
  return success;
}

int run_share(Context& context, const Arguments& arguments, Scheduler scheduler) {
  bool change = arguments.has('w') || arguments.has('c'), of_domain = arguments.has('d') || change;
  bool of_pool = arguments.has('s') || arguments.has('p');
  if (of_pool && of_domain) fail(EINVAL, "Specifying a cpupool or schedparam is not allowed with domain options.");
  if (change && !arguments.has('d')) fail(EINVAL, "Must specify a domain.");
  if (!arguments.has('s') && (arguments.has('t') || arguments.has('r') || arguments.has('m')))
    fail(EINVAL, "Must specify schedparam to set schedule parameter values.");
  if (arguments.has('s')) return run_schedule_parameters(context, arguments, scheduler);
  if (!of_domain) {
    print_pools(context, scheduler, arguments.value('p'), print_share_header, print_share);
    return success;
  }
  DomainId domain = find_domain(context, *arguments.value('d'));
  if (!change) {
    print_share_header();
    print_share(context, domain, scheduler);
    return success;
  }
  Scheduling& scheduling = context.hypervisor().scheduling;
  SchedulingShare share = scheduling.share(domain, scheduler);
  if (auto text = arguments.value('w')) share.weight = static_cast<uint16_t>(parse_argument("weight", *text, 65535));
  if (auto text = arguments.value('c')) share.cap = static_cast<uint16_t>(parse_argument("cap", *text, 65535));
  scheduling.set_share(domain, scheduler, share);
  return success;
}

int run_credit(Context& context, const Arguments& arguments) {
  return run_share(context, arguments, Scheduler::credit);
}
int run_credit2(Context& context, const Arguments& arguments) {
  return run_share(context, arguments, Scheduler::credit2);
}

void print_real_time_header() {
  fmt::print("{:<33} {:>4} {:>9} {:>9} {:>10}\n", "Name", "ID", "Period", "Budget", "Extratime");
}

void print_real_time(Context& context, DomainId domain, Scheduler) {
  RealTimeShare share = context.hypervisor().scheduling.real_time(domain);
  fmt::print("{:<33} {:4} {:9} {:9} {:>10}\n", domain_name(context, domain), domain, share.period_us, share.budget_us,
             share.extra_time ? "yes" : "no");
}

void print_vcpu_header() {
  fmt::print("{:<33} {:>4} {:>4} {:>9} {:>9} {:>10}\n", "Name", "ID", "VCPU", "Period", "Budget", "Extratime");
}

void print_vcpu(Context& context, DomainId domain, VcpuId vcpu) {
  RealTimeShare share = context.hypervisor().scheduling.real_time(domain, vcpu);
  fmt::print("{:<33} {:4} {:4} {:9} {:9} {:>10}\n", domain_name(context, domain), domain, vcpu, share.period_us,
             share.budget_us, share.extra_time ? "yes" : "no");
}

void print_all_vcpus(Context& context, DomainId domain, Scheduler) {
  for (uint32_t vcpu = 0; vcpu < context.hypervisor().domains.info(domain).vcpus; ++vcpu)
    print_vcpu(context, domain, VcpuId(vcpu));
}

// The n-th values of -p, -b and -e belong to the n-th -v.
struct RealTimeWishes {
  std::vector<VcpuId> vcpus;
  std::vector<uint32_t> periods, budgets;
  std::vector<bool> extra_times;
  bool all = false;

  bool change() const { return !periods.empty() || !budgets.empty() || !extra_times.empty(); }
};

RealTimeWishes parse_wishes(const Arguments& arguments) {
  RealTimeWishes wishes;
  for (const auto& [letter, text] : arguments.options()) {
    if (letter == 'v' && text == "all") wishes.all = true;
    else if (letter == 'v') wishes.vcpus.emplace_back(parse_argument("VCPU", text, 4095));
    else if (letter == 'p') wishes.periods.push_back(parse_argument("period", text, INT32_MAX));
    else if (letter == 'b') wishes.budgets.push_back(parse_argument("budget", text, INT32_MAX));
    else if (letter == 'e') wishes.extra_times.push_back(parse_argument("extratime", text, 1) == 1);
  }
  size_t count = wishes.all ? 1 : wishes.vcpus.size();
  bool same = wishes.periods.size() == count && wishes.budgets.size() == count && wishes.extra_times.size() == count;
  if (wishes.all && !wishes.vcpus.empty()) fail(EINVAL, "Incorrect VCPU IDs.");
  if (wishes.change() && count == 0) fail(EINVAL, "Must specify VCPU.");
  if (wishes.change() && !same) fail(EINVAL, "Incorrect number of period, budget and extratime");
  return wishes;
}

void change_real_time(Context& context, DomainId domain, const RealTimeWishes& wishes) {
  Scheduling& scheduling = context.hypervisor().scheduling;
  auto share = [&](size_t i) { return RealTimeShare{wishes.periods[i], wishes.budgets[i], wishes.extra_times[i]}; };
  if (wishes.all) scheduling.set_real_time(domain, share(0));
  for (size_t i = 0; i < wishes.vcpus.size(); ++i) scheduling.set_real_time(domain, wishes.vcpus[i], share(i));
}

int run_rtds(Context& context, const Arguments& arguments) {
  RealTimeWishes wishes = parse_wishes(arguments);
  auto name = arguments.value('d');
  if (arguments.has('c') && (name || wishes.change() || wishes.all || !wishes.vcpus.empty()))
    fail(EINVAL, "Specifying a cpupool is not allowed with other options.");
  if (!name && (wishes.change() || !wishes.vcpus.empty())) fail(EINVAL, "Missing parameters.");
  if (!name) {
    print_pools(context, Scheduler::rtds, arguments.value('c'), wishes.all ? print_vcpu_header : print_real_time_header,
                wishes.all ? print_all_vcpus : print_real_time);
    return success;
  }
  DomainId domain = find_domain(context, *name);
  if (wishes.change()) {
    change_real_time(context, domain, wishes);
  } else if (!wishes.all && wishes.vcpus.empty()) {
    print_real_time_header();
    print_real_time(context, domain, Scheduler::rtds);
  } else {
    print_vcpu_header();
    if (wishes.all) print_all_vcpus(context, domain, Scheduler::rtds);
    for (VcpuId vcpu : wishes.vcpus) print_vcpu(context, domain, vcpu);
  }
  return success;
}

const std::vector<Option> credit_options = {{'d', "domain", true},       {'w', "weight", true},
                                            {'c', "cap", true},          {'s', "schedparam"},
                                            {'t', "tslice_ms", true},    {'r', "ratelimit_us", true},
                                            {'m', "migration_delay_us", true}, {'p', "cpupool", true}};
const std::vector<Option> credit2_options = {{'d', "domain", true},       {'w', "weight", true},
                                             {'c', "cap", true},          {'s', "schedparam"},
                                             {'r', "ratelimit_us", true}, {'p', "cpupool", true}};

const Command commands[] = {
    {.name = "sched-credit",
     .run = run_credit,
     .usage = "[-d <Domain> [-w[=WEIGHT]|-c[=CAP]]] [-s [-t TSLICE] [-r RATELIMIT]] [-p CPUPOOL]",
     .description = "Show or change shares under the credit scheduler",
     .option_help = "-d DOMAIN, --domain=DOMAIN        This domain only\n"
                    "-w WEIGHT, --weight=WEIGHT        Its weight (256 is usual)\n"
                    "-c CAP, --cap=CAP                 Its limit, percent of a CPU (0: none)\n"
                    "-s, --schedparam                  A cpupool's settings instead\n"
                    "-t TSLICE, --tslice_ms=TSLICE     Time slice, milliseconds\n"
                    "-r RLIMIT, --ratelimit_us=RLIMIT  Shortest run, microseconds\n"
                    "-m DLY, --migration_delay_us=DLY  How long a vCPU's caches count as warm, microseconds\n"
                    "-p CPUPOOL, --cpupool=CPUPOOL     This cpupool only",
     .options = credit_options,
     .modifies = true},
    {.name = "sched-credit2",
     .run = run_credit2,
     .usage = "[-d <Domain> [-w[=WEIGHT]]] [-p CPUPOOL]",
     .description = "Show or change shares under the credit2 scheduler",
     .option_help = "-d DOMAIN, --domain=DOMAIN        This domain only\n"
                    "-w WEIGHT, --weight=WEIGHT        Its weight (256 is usual)\n"
                    "-c CAP, --cap=CAP                 Its limit, percent of a CPU (0: none)\n"
                    "-s, --schedparam                  A cpupool's settings instead\n"
                    "-r RLIMIT, --ratelimit_us=RLIMIT  Shortest run, microseconds\n"
                    "-p CPUPOOL, --cpupool=CPUPOOL     This cpupool only",
     .options = credit2_options,
     .modifies = true},
    {.name = "sched-rtds",
     .run = run_rtds,
     .usage = "[-d <Domain> [-v[=VCPUID/all]] [-p[=PERIOD]] [-b[=BUDGET]] [-e[=Extratime]]]",
     .description = "Show or change guarantees under the real-time scheduler",
     .option_help = "-d DOMAIN, --domain=DOMAIN        This domain only\n"
                    "-v VCPUID, --vcpuid=VCPUID        This vCPU, or all; may be repeated with what follows\n"
                    "-p PERIOD, --period=PERIOD        Period, microseconds\n"
                    "-b BUDGET, --budget=BUDGET        Time guaranteed in each period, microseconds\n"
                    "-e EXTRA, --extratime=EXTRA       1: may also use idle time\n"
                    "-c CPUPOOL, --cpupool=CPUPOOL     This cpupool only",
     .options = {{'d', "domain", true}, {'p', "period", true}, {'b', "budget", true}, {'e', "extratime", true},
                 {'v', "vcpuid", true}, {'c', "cpupool", true}},
     .modifies = true},
};

}  // namespace

std::span<const Command> scheduler_commands() { return commands; }

}  // namespace xenolith::tools::xl
