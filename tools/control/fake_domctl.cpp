// SPDX-License-Identifier: MIT
// FakePort: domctl.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tools/control/fake_port.hpp"

namespace xenolith::tools {

namespace {

// What a new domain's HVM context begins with: a header and the first vCPU's memory types.
std::vector<uint8_t> new_context() {
  struct {
    hvm_save_descriptor header_descriptor{HVM_SAVE_CODE(HEADER), 0, HVM_SAVE_LENGTH(HEADER)};
    HVM_SAVE_TYPE(HEADER) header{HVM_FILE_MAGIC, HVM_FILE_VERSION, 0, 0, 1000000};
    hvm_save_descriptor mtrr_descriptor{HVM_SAVE_CODE(MTRR), 0, HVM_SAVE_LENGTH(MTRR)};
    HVM_SAVE_TYPE(MTRR) mtrr{};
    hvm_save_descriptor end{};
  } records;
  auto bytes = reinterpret_cast<const uint8_t*>(&records);
  return {bytes, bytes + sizeof records};
}

}  // namespace

long FakePort::create(xen_domctl& op) {
  const auto& spec = op.u.createdomain;
  if (spec.max_vcpus == 0 || spec.max_vcpus > 128) return -EINVAL;
  if ((spec.flags & XEN_DOMCTL_CDF_hap) && !(spec.flags & XEN_DOMCTL_CDF_hvm)) return -EINVAL;
  if (!pools_.contains(spec.cpupool_id)) return -EINVAL;
  DomainId id(op.domain);
  if (op.domain == 0 || op.domain >= DOMID_FIRST_RESERVED) {
    do id = DomainId(next_domain_++);
    while (domains_.contains(id));
  }
  if (domains_.contains(id)) return -EEXIST;
  FakeDomain& domain = domains_[id];
  domain.id = id;
  domain.spec = spec;
  domain.pool = spec.cpupool_id;
  domain.ports.resize(1);
  domain.grant_table = take_page();
  domain.hvm_context = new_context();
  op.domain = id.value();
  return 0;
}

long FakePort::destroy(FakeDomain& domain) {
  if (domain.id == DomainId(0)) return -EINVAL;
  for (auto& [frame, page] : domain.frames) give_page(page);
  give_page(domain.grant_table);
  free_pages_ += domain.frames.size();
  domains_.erase(domain.id);
  return 0;
}

void FakePort::describe(const FakeDomain& domain, xen_domctl_getdomaininfo& info) {
  info = {};
  info.domain = domain.id.value();
  info.flags = (domain.spec.flags & XEN_DOMCTL_CDF_hvm ? XEN_DOMINF_hvm_guest : 0) |
               (domain.spec.flags & XEN_DOMCTL_CDF_hap ? XEN_DOMINF_hap : 0) | (domain.dying ? XEN_DOMINF_dying : 0) |
               (domain.shutdown ? XEN_DOMINF_shutdown : 0) | (domain.paused ? XEN_DOMINF_paused : 0) |
               (!domain.paused && !domain.shutdown ? XEN_DOMINF_blocked : 0) |
               domain.reason << XEN_DOMINF_shutdownshift;
  info.tot_pages = domain.frames.size();
  info.max_pages = domain.max_pages;
  info.outstanding_pages = domain.claimed;
  info.cpu_time = domain.cpu_time;
  info.nr_online_vcpus = domain.vcpus;
  info.max_vcpu_id = domain.vcpus ? domain.vcpus - 1 : XEN_INVALID_MAX_VCPU_ID;
  std::memcpy(info.handle, domain.spec.handle, sizeof info.handle);
  info.cpupool = domain.pool;
  info.gpaddr_bits = 40;
}

long FakePort::domain_info(xen_domctl& op) {
  // As Xen 4.17: this domain or the next one.
  auto found = domains_.lower_bound(DomainId(op.domain));
  if (found == domains_.end()) return -ESRCH;
  describe(found->second, op.u.getdomaininfo);
  op.domain = found->first.value();
  return 0;
}

long FakePort::affinity(xen_domctl& op, FakeDomain& domain, bool set) {
  auto& request = op.u.vcpuaffinity;
  if (request.vcpu >= domain.vcpus) return -EINVAL;
  bool hard = request.flags & XEN_VCPUAFFINITY_HARD;
  auto& map = hard ? request.cpumap_hard : request.cpumap_soft;
  size_t bytes = (map.nr_bits + 7) / 8;
  if (!reachable(map.bitmap.p, bytes)) return -EFAULT;
  auto& stored = (hard ? domain.hard_affinity : domain.soft_affinity)[request.vcpu];
  if (stored.empty()) stored.assign(1, 0xff);
  if (set) {
    std::vector<uint8_t> wanted(map.bitmap.p, map.bitmap.p + bytes);
    uint8_t there = uint8_t((1u << cpu_pool_.size()) - 1);
    if (wanted.empty() || (wanted[0] & there) == 0) return -EINVAL;
    wanted[0] &= there;
    stored = wanted;
  }
  std::memset(map.bitmap.p, 0, bytes);
  std::memcpy(map.bitmap.p, stored.data(), std::min(bytes, stored.size()));
  return 0;
}

namespace {

long vcpu_info(xen_domctl_getvcpuinfo& info, const FakeDomain& domain) {
  if (info.vcpu >= domain.vcpus) return -EINVAL;
  info.online = 1;
  info.blocked = !domain.paused;
  info.cpu_time = domain.cpu_time;
  info.cpu = 0;
  return 0;
}

long share(xen_domctl_scheduler_op& op, FakeDomain& domain) {
  if (op.sched_id != XEN_SCHEDULER_CREDIT2) return -EINVAL;
  if (op.cmd == XEN_DOMCTL_SCHEDOP_putinfo) {
    domain.weight = op.u.credit2.weight;
    domain.cap = op.u.credit2.cap;
  } else if (op.cmd != XEN_DOMCTL_SCHEDOP_getinfo) {
    return -EINVAL;
  }
  op.u.credit2 = {domain.weight, domain.cap};
  return 0;
}

long context_record(xen_domctl_hvmcontext_partial& request, std::span<const uint8_t> records) {
  while (records.size() >= sizeof(hvm_save_descriptor)) {
    hvm_save_descriptor descriptor;
    std::memcpy(&descriptor, records.data(), sizeof descriptor);
    records = records.subspan(sizeof descriptor);
    if (descriptor.typecode == request.type && descriptor.instance == request.instance) {
      if (request.bufsz < descriptor.length) return -ENOSPC;
      std::memcpy(request.buffer.p, records.data(), descriptor.length);
      return 0;
    }
    records = records.subspan(descriptor.length);
  }
  return -ENOENT;
}

}  // namespace

long FakePort::domctl(xen_domctl& op) {
  if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION) return -EACCES;
  if (op.cmd == XEN_DOMCTL_createdomain) return create(op);
  if (op.cmd == XEN_DOMCTL_getdomaininfo) return domain_info(op);
  FakeDomain* domain = find(DomainId(op.domain));
  if (!domain) return -ESRCH;
  switch (op.cmd) {
    case XEN_DOMCTL_destroydomain: return destroy(*domain);
    case XEN_DOMCTL_pausedomain: domain->paused = true; return 0;
    case XEN_DOMCTL_unpausedomain: domain->paused = false; return 0;
    case XEN_DOMCTL_resumedomain: domain->shutdown = false; return 0;
    case XEN_DOMCTL_max_vcpus:
      if (op.u.max_vcpus.max != domain->spec.max_vcpus) return -EINVAL;
      domain->vcpus = op.u.max_vcpus.max;
      return 0;
    case XEN_DOMCTL_max_mem: domain->max_pages = op.u.max_mem.max_memkb / 4; return 0;
    case XEN_DOMCTL_setdomainhandle:
      std::memcpy(domain->spec.handle, op.u.setdomainhandle.handle, sizeof domain->spec.handle);
      return 0;
    case XEN_DOMCTL_set_paging_mempool_size: domain->paging_bytes = op.u.paging_mempool.size; return 0;
    case XEN_DOMCTL_get_paging_mempool_size: op.u.paging_mempool.size = domain->paging_bytes; return 0;
    case XEN_DOMCTL_getvcpuinfo: return vcpu_info(op.u.getvcpuinfo, *domain);
    case XEN_DOMCTL_getvcpuaffinity: return affinity(op, *domain, false);
    case XEN_DOMCTL_setvcpuaffinity: return affinity(op, *domain, true);
    case XEN_DOMCTL_scheduler_op: return share(op.u.scheduler_op, *domain);
    case XEN_DOMCTL_settimeoffset: domain->time_offset = op.u.settimeoffset.time_offset_seconds; return 0;
    case XEN_DOMCTL_sethvmcontext: {
      auto& context = op.u.hvmcontext;
      if (!reachable(context.buffer.p, context.size)) return -EFAULT;
      domain->hvm_context.assign(context.buffer.p, context.buffer.p + context.size);
      return 0;
    }
    case XEN_DOMCTL_gethvmcontext_partial: {
      auto& request = op.u.hvmcontext_partial;
      if (!reachable(request.buffer.p, request.bufsz)) return -EFAULT;
      return context_record(request, domain->hvm_context);
    }
    case XEN_DOMCTL_gethvmcontext: {
      auto& context = op.u.hvmcontext;
      if (context.buffer.p && context.size < domain->hvm_context.size()) return -ENOSPC;
      context.size = uint32_t(domain->hvm_context.size());
      if (context.buffer.p) std::copy(domain->hvm_context.begin(), domain->hvm_context.end(), context.buffer.p);
      return 0;
    }
    case XEN_DOMCTL_sendtrigger:
    case XEN_DOMCTL_cacheflush:
    case XEN_DOMCTL_settscinfo:
    case XEN_DOMCTL_setdebugging:
    case XEN_DOMCTL_set_virq_handler:
    case XEN_DOMCTL_set_target:
    case XEN_DOMCTL_ioport_permission:
    case XEN_DOMCTL_iomem_permission:
    case XEN_DOMCTL_irq_permission:
    case XEN_DOMCTL_setnodeaffinity: return 0;
  }
  return -ENOSYS;
}

}  // namespace xenolith::tools
