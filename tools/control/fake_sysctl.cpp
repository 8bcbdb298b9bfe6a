// SPDX-License-Identifier: MIT
// FakePort: sysctl and xen_version.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tools/control/fake_port.hpp"

namespace xenolith::tools {
namespace {

constexpr uint32_t free_cpu = ~0u;

}  // namespace

long FakePort::cpupool(xen_sysctl_cpupool_op& op) {
  auto pool = pools_.find(op.cpupool_id);
  auto write_map = [&](uint32_t owner) {
    if (!reachable(op.cpumap.bitmap.p, op.cpumap.nr_bits / 8)) return -EFAULT;
    std::memset(op.cpumap.bitmap.p, 0, op.cpumap.nr_bits / 8);
    for (uint32_t cpu = 0; cpu < std::min<size_t>(cpu_pool_.size(), op.cpumap.nr_bits); ++cpu)
      if (cpu_pool_[cpu] == owner) op.cpumap.bitmap.p[cpu / 8] |= uint8_t(1 << cpu % 8);
    return 0;
  };
  switch (op.op) {
    case XEN_SYSCTL_CPUPOOL_OP_CREATE: {
      uint32_t id = 0;
      while (pools_.contains(id)) ++id;
      pools_[id] = op.sched_id;
      op.cpupool_id = id;
      return 0;
    }
    case XEN_SYSCTL_CPUPOOL_OP_INFO: {
      auto next = pools_.lower_bound(op.cpupool_id);
      if (next == pools_.end()) return -ENOENT;
      op.cpupool_id = next->first;
      op.sched_id = next->second;
      op.n_dom = uint32_t(std::ranges::count_if(domains_, [&](auto& d) { return d.second.pool == next->first; }));
      return write_map(next->first);
    }
    case XEN_SYSCTL_CPUPOOL_OP_FREEINFO: return write_map(free_cpu);
  }
  if (pool == pools_.end()) return -ENOENT;
  auto in_use = [&] { return std::ranges::any_of(domains_, [&](auto& d) { return d.second.pool == op.cpupool_id; }); };
  switch (op.op) {
    case XEN_SYSCTL_CPUPOOL_OP_DESTROY:
      if (in_use() || op.cpupool_id == 0) return -EBUSY;
      std::ranges::replace(cpu_pool_, op.cpupool_id, free_cpu);
      pools_.erase(pool);
      return 0;
    case XEN_SYSCTL_CPUPOOL_OP_ADDCPU: {
      if (op.cpu == XEN_SYSCTL_CPUPOOL_PAR_ANY)
        op.cpu = uint32_t(std::ranges::find(cpu_pool_, free_cpu) - cpu_pool_.begin());
      if (op.cpu >= cpu_pool_.size()) return -EINVAL;
      if (cpu_pool_[op.cpu] != free_cpu) return -ENODEV;
      cpu_pool_[op.cpu] = op.cpupool_id;
      return 0;
    }
    case XEN_SYSCTL_CPUPOOL_OP_RMCPU:
      if (op.cpu >= cpu_pool_.size()) return -EINVAL;
      if (cpu_pool_[op.cpu] != op.cpupool_id) return -ENODEV;
      if (std::ranges::count(cpu_pool_, op.cpupool_id) == 1 && in_use()) return -EBUSY;
      cpu_pool_[op.cpu] = free_cpu;
      return 0;
    case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN: {
      FakeDomain* domain = find(DomainId(uint16_t(op.domid)));
      if (!domain) return -EINVAL;
      domain->pool = op.cpupool_id;
      return 0;
    }
  }
  return -ENOSYS;
}

long FakePort::read_console(xen_sysctl_readconsole& op) {
  if (!reachable(op.buffer.p, op.count)) return -EFAULT;
  size_t from = op.incremental ? std::min<size_t>(op.index, console.size()) : 0;
  op.count = uint32_t(console.copy(op.buffer.p, op.count, from));
  op.index = uint32_t(from + op.count);
  if (op.clear) console.clear();
  return 0;
}

namespace {

void physical_info(xen_sysctl_physinfo& info, size_t cpus, uint64_t total, uint64_t free) {
  info = {};
  info.threads_per_core = 1;
  info.cores_per_socket = uint32_t(cpus);
  info.nr_cpus = uint32_t(cpus);
  info.max_cpu_id = uint32_t(cpus - 1);
  info.nr_nodes = 1;
  info.cpu_khz = 1000000;
  info.capabilities =
      XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_hap | XEN_SYSCTL_PHYSCAP_gnttab_v1 | XEN_SYSCTL_PHYSCAP_gnttab_v2;
  info.total_pages = total;
  info.free_pages = free;
}

}  // namespace

long FakePort::sysctl(xen_sysctl& op) {
  if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION) return -EACCES;
  switch (op.cmd) {
    case XEN_SYSCTL_physinfo: physical_info(op.u.physinfo, cpu_pool_.size(), total_pages_, free_pages_); return 0;
    case XEN_SYSCTL_sched_id: op.u.sched_id.sched_id = pools_[0]; return 0;
    case XEN_SYSCTL_availheap: op.u.availheap.avail_bytes = free_pages_ * page_size; return 0;
    case XEN_SYSCTL_cpupool_op: return cpupool(op.u.cpupool_op);
    case XEN_SYSCTL_readconsole: return read_console(op.u.readconsole);
    case XEN_SYSCTL_debug_keys:
      if (!reachable(op.u.debug_keys.keys.p, op.u.debug_keys.nr_keys)) return -EFAULT;
      debug_keys.append(op.u.debug_keys.keys.p, op.u.debug_keys.nr_keys);
      return 0;
    case XEN_SYSCTL_getcpuinfo: {
      auto& request = op.u.getcpuinfo;
      request.nr_cpus = std::min(request.max_cpus, uint32_t(cpu_pool_.size()));
      if (!reachable(request.info.p, request.nr_cpus * sizeof *request.info.p)) return -EFAULT;
      for (uint32_t i = 0; i < request.nr_cpus; ++i) request.info.p[i].idletime = 1000 * i;
      return 0;
    }
    case XEN_SYSCTL_cputopoinfo: {
      auto& request = op.u.cputopoinfo;
      uint32_t wanted = request.cputopo.p ? std::min(request.num_cpus, uint32_t(cpu_pool_.size())) : 0;
      if (!reachable(request.cputopo.p, wanted * sizeof *request.cputopo.p)) return -EFAULT;
      for (uint32_t i = 0; i < wanted; ++i) request.cputopo.p[i] = {i, 0, 0};
      request.num_cpus = uint32_t(cpu_pool_.size());
      return 0;
    }
    case XEN_SYSCTL_numainfo: {
      auto& request = op.u.numainfo;
      if (request.meminfo.p && request.num_nodes)
        request.meminfo.p[0] = {total_pages_ * page_size, free_pages_ * page_size};
      if (request.distance.p && request.num_nodes) request.distance.p[0] = 10;
      request.num_nodes = 1;
      return 0;
    }
    case XEN_SYSCTL_getdomaininfolist: {
      auto& list = op.u.getdomaininfolist;
      if (!reachable(list.buffer.p, list.max_domains * sizeof *list.buffer.p)) return -EFAULT;
      list.num_domains = 0;
      for (auto next = domains_.lower_bound(DomainId(list.first_domain));
           next != domains_.end() && list.num_domains < list.max_domains; ++next)
        describe(next->second, list.buffer.p[list.num_domains++]);
      return 0;
    }
  }
  return -ENOSYS;
}

long FakePort::version(unsigned command, void* argument) {
  auto text = [&](const char* value) {
    std::strcpy(static_cast<char*>(argument), value);
    return 0;
  };
  switch (command) {
    case XENVER_version: return 4 << 16 | 17;
    case XENVER_extraversion: return text(extra_version.c_str());
    case XENVER_changeset: return text("fake");
    case XENVER_capabilities: return text("hvm-3.0-x86_64 ");
    case XENVER_commandline: return text("loglvl=all");
    case XENVER_compile_info:
    case XENVER_platform_parameters: return 0;
    case XENVER_pagesize: return page_size;
  }
  return -ENOSYS;
}

}  // namespace xenolith::tools
