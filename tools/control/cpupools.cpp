// SPDX-License-Identifier: MIT
// The cpupool part of Scheduling.
#include <chrono>
#include <optional>
#include <thread>

#include "tools/control/calls.hpp"
#include "tools/control/scheduling.hpp"

namespace xenolith::tools {
namespace {

size_t cpu_bytes(HypercallPort& port) {
  xen_sysctl op{};
  calls::sysctl(port, XEN_SYSCTL_physinfo, op, "asking for the number of CPUs");
  return size_t(op.u.physinfo.max_cpu_id) / 8 + 1;
}

xen_sysctl pool_op(uint32_t command, PoolId pool) {
  xen_sysctl op{};
  op.u.cpupool_op.op = command;
  op.u.cpupool_op.cpupool_id = pool.value();
  return op;
}

// The pool with the lowest number that is at least `from`.
std::optional<PoolInfo> next_pool(HypercallPort& port, PoolId from, size_t bytes) {
  static constexpr const char* what = "asking about cpupools";
  failure_point(what);
  HypercallBuffer<uint8_t> map(port, bytes);
  xen_sysctl op = pool_op(XEN_SYSCTL_CPUPOOL_OP_INFO, from);
  calls::set_handle(op.u.cpupool_op.cpumap.bitmap, map.data());
  op.u.cpupool_op.cpumap.nr_bits = uint32_t(bytes * 8);
  long result = calls::try_sysctl(port, XEN_SYSCTL_cpupool_op, op);
  if (result == -ENOENT) return std::nullopt;
  calls::checked(result, what);
  const auto& info = op.u.cpupool_op;
  return PoolInfo{PoolId(info.cpupool_id), Scheduler(info.sched_id), info.n_dom, CpuSet::from_bytes(map.span())};
}

void change_cpu(HypercallPort& port, uint32_t command, PoolId pool, uint32_t cpu, const std::string& what) {
  failure_point("changing a cpupool");
  xen_sysctl op = pool_op(command, pool);
  op.u.cpupool_op.cpu = cpu;
  long result = calls::try_sysctl(port, XEN_SYSCTL_cpupool_op, op);
  if (result < 0) throw_errno(int(-result), what);
}

}  // namespace

std::vector<PoolInfo> Scheduling::pools() {
  std::vector<PoolInfo> pools;
  size_t bytes = cpu_bytes(port_);
  for (PoolId from{0};;) {
    auto pool = next_pool(port_, from, bytes);
    if (!pool || pool->id < from) return pools;
    from = PoolId(pool->id.value() + 1);
    pools.push_back(std::move(*pool));
  }
}

PoolId Scheduling::create_pool(Scheduler scheduler) {
  xen_sysctl op = pool_op(XEN_SYSCTL_CPUPOOL_OP_CREATE, PoolId(XEN_SYSCTL_CPUPOOL_PAR_ANY));
  op.u.cpupool_op.sched_id = uint32_t(scheduler);
  calls::sysctl(port_, XEN_SYSCTL_cpupool_op, op, "creating a cpupool");
  return PoolId(op.u.cpupool_op.cpupool_id);
}

void Scheduling::destroy_pool(PoolId pool) {
  change_cpu(port_, XEN_SYSCTL_CPUPOOL_OP_DESTROY, pool, 0, fmt::format("destroying cpupool {}", pool));
}

void Scheduling::add_cpu(PoolId pool, CpuId cpu) {
  change_cpu(port_, XEN_SYSCTL_CPUPOOL_OP_ADDCPU, pool, cpu.value(),
             fmt::format("adding CPU {} to cpupool {}", cpu, pool));
}

void Scheduling::add_any_cpu(PoolId pool) {
  change_cpu(port_, XEN_SYSCTL_CPUPOOL_OP_ADDCPU, pool, XEN_SYSCTL_CPUPOOL_PAR_ANY,
             fmt::format("adding a CPU to cpupool {}", pool));
}

void Scheduling::remove_cpu(PoolId pool, CpuId cpu) {
  // The hypervisor is not done with the CPU at once and has no event for it (<xen/sysctl.h>, error EAGAIN).
  for (int attempt = 0;; ++attempt) {
    try {
      return change_cpu(port_, XEN_SYSCTL_CPUPOOL_OP_RMCPU, pool, cpu.value(),
                        fmt::format("removing CPU {} from cpupool {}", cpu, pool));
    } catch (const Error& error) {
      if (error.code() != EAGAIN || attempt == 100) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void Scheduling::move_domain(PoolId pool, DomainId domain) {
  xen_sysctl op = pool_op(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, pool);
  op.u.cpupool_op.domid = domain.value();
  calls::sysctl(port_, XEN_SYSCTL_cpupool_op, op, "moving a domain to a cpupool");
}

CpuSet Scheduling::free_cpus() {
  HypercallBuffer<uint8_t> map(port_, cpu_bytes(port_));
  xen_sysctl op = pool_op(XEN_SYSCTL_CPUPOOL_OP_FREEINFO, PoolId(0));
  calls::set_handle(op.u.cpupool_op.cpumap.bitmap, map.data());
  op.u.cpupool_op.cpumap.nr_bits = uint32_t(map.size() * 8);
  calls::sysctl(port_, XEN_SYSCTL_cpupool_op, op, "asking for free CPUs");
  return CpuSet::from_bytes(map.span());
}

}  // namespace xenolith::tools
