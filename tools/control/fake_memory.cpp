// SPDX-License-Identifier: MIT
// FakePort: memory_op, hvm_op and event_channel_op.
#include <cerrno>

#include "tools/control/fake_port.hpp"

namespace xenolith::tools {

long FakePort::populate_extent(FakeDomain& domain, uint64_t frame, unsigned order) {
  uint64_t pages = uint64_t(1) << order;
  if (order >= order_limit_ || frame % pages) return -ENOMEM;
  if (domain.frames.size() + pages > domain.max_pages || free_pages_ < pages) return -ENOMEM;
  for (uint64_t i = 0; i < pages; ++i)
    if (domain.frames.contains(frame + i)) return -EEXIST;
  for (uint64_t i = 0; i < pages; ++i) domain.frames[frame + i] = take_page();
  free_pages_ -= pages;
  domain.claimed -= std::min(domain.claimed, pages);
  return 0;
}

long FakePort::populate(xen_memory_reservation& reservation) {
  FakeDomain* domain = find(DomainId(reservation.domid));
  if (!domain) return -ESRCH;
  if (!reachable(reservation.extent_start.p, reservation.nr_extents * sizeof(xen_pfn_t))) return -EFAULT;
  if (reservation.mem_flags & XENMEMF_populate_on_demand) {
    if (!populate_on_demand) return 0;
    domain->max_pages += reservation.nr_extents << reservation.extent_order;
  }
  for (xen_ulong_t i = 0; i < reservation.nr_extents; ++i)
    if (populate_extent(*domain, reservation.extent_start.p[i], reservation.extent_order)) return long(i);
  return long(reservation.nr_extents);
}

long FakePort::decrease(xen_memory_reservation& reservation) {
  FakeDomain* domain = find(DomainId(reservation.domid));
  if (!domain) return -ESRCH;
  if (!reachable(reservation.extent_start.p, reservation.nr_extents * sizeof(xen_pfn_t))) return -EFAULT;
  for (xen_ulong_t i = 0; i < reservation.nr_extents; ++i) {
    auto frame = domain->frames.find(reservation.extent_start.p[i]);
    if (frame == domain->frames.end()) return long(i);
    give_page(frame->second);
    domain->frames.erase(frame);
    ++free_pages_;
  }
  return long(reservation.nr_extents);
}

long FakePort::memory_op(unsigned command, void* argument) {
  switch (command) {
    case XENMEM_populate_physmap: return populate(*static_cast<xen_memory_reservation*>(argument));
    case XENMEM_decrease_reservation: return decrease(*static_cast<xen_memory_reservation*>(argument));
    case XENMEM_claim_pages: {
      auto& claim = *static_cast<xen_memory_reservation*>(argument);
      FakeDomain* domain = find(DomainId(claim.domid));
      if (!domain) return -ESRCH;
      if (claim.nr_extents > free_pages_) return -ENOMEM;
      domain->claimed = claim.nr_extents;
      return 0;
    }
    case XENMEM_current_reservation:
    case XENMEM_maximum_reservation:
    case XENMEM_maximum_gpfn: {
      FakeDomain* domain = find(DomainId(static_cast<xen_memory_domain*>(argument)->domid));
      if (!domain) return -ESRCH;
      if (command == XENMEM_maximum_reservation) return long(domain->max_pages);
      if (command == XENMEM_current_reservation) return long(domain->frames.size());
      return domain->frames.empty() ? 0 : long(domain->frames.rbegin()->first);
    }
    case XENMEM_set_pod_target: return populate_on_demand ? 0 : -ENOSYS;
    case XENMEM_set_memory_map: {
      auto& request = *static_cast<xen_foreign_memory_map*>(argument);
      FakeDomain* domain = find(DomainId(request.domid));
      if (!domain) return -ESRCH;
      const uint8_t* entries = static_cast<const uint8_t*>(request.map.buffer.p);
      size_t bytes = size_t(request.map.nr_entries) * 20;
      if (request.map.nr_entries > 128) return -EINVAL;
      if (!reachable(entries, bytes)) return -EFAULT;
      domain->memory_map.assign(entries, entries + bytes);
      return 0;
    }
  }
  return -ENOSYS;
}

long FakePort::hvm_op(unsigned command, xen_hvm_param& argument) {
  FakeDomain* domain = find(DomainId(argument.domid));
  if (!domain) return -ESRCH;
  if (argument.index >= HVM_NR_PARAMS) return -EINVAL;
  if (command == HVMOP_set_param) {
    domain->parameters[argument.index] = argument.value;
    return 0;
  }
  if (command != HVMOP_get_param) return -ENOSYS;
  argument.value = domain->parameters[argument.index];
  return 0;
}

long FakePort::event_channel_op(unsigned command, void* argument) {
  switch (command) {
    case EVTCHNOP_alloc_unbound: {
      auto& request = *static_cast<evtchn_alloc_unbound*>(argument);
      FakeDomain* domain = find(DomainId(request.dom));
      if (!domain) return -ESRCH;
      if (domain->ports.size() > domain->spec.max_evtchn_port) return -ENOSPC;
      request.port = evtchn_port_t(domain->ports.size());
      domain->ports.push_back({DomainId(request.remote_dom), false});
      return 0;
    }
    case EVTCHNOP_status: {
      auto& request = *static_cast<evtchn_status*>(argument);
      FakeDomain* domain = find(DomainId(request.dom));
      if (!domain) return -ESRCH;
      if (request.port >= domain->ports.size()) return -EINVAL;
      request.status = request.port == 0 ? EVTCHNSTAT_closed : EVTCHNSTAT_unbound;
      request.u.unbound.dom = domain->ports[request.port].remote.value();
      return 0;
    }
    case EVTCHNOP_reset: {
      FakeDomain* domain = find(DomainId(static_cast<evtchn_reset*>(argument)->dom));
      if (!domain) return -ESRCH;
      domain->ports.resize(1);
      return 0;
    }
  }
  return -ENOSYS;
}

}  // namespace xenolith::tools
