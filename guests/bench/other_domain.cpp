// SPDX-License-Identifier: MIT
#include "guests/bench/other_domain.hpp"

#include "guests/bench/child_start.hpp"

namespace xenolith::guest::bench {
namespace {

constexpr u32 superpage_order = 9;
constexpr u64 paging_memory = 1 << 20;

long sysctl(u32 command, xen_sysctl& request) {
  request.cmd = command;
  request.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
  return hypercall(__HYPERVISOR_sysctl, address_of(&request));
}

long make(domid_t* made) {
  xen_domctl request{};
  auto& domain = request.u.createdomain;
  domain.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
  domain.max_vcpus = 1;
  domain.max_evtchn_port = 1023;
  domain.max_grant_frames = 64;
  domain.max_maptrack_frames = 1024;
  configure(domain);
  long answer = domctl(XEN_DOMCTL_createdomain, 0, request);
  *made = request.domain;
  return answer;
}

long set_limits(domid_t domain) {
  xen_domctl request{};
  request.u.max_vcpus.max = 1;
  if (long answer = domctl(XEN_DOMCTL_max_vcpus, domain, request)) return answer;
  request = {};
  request.u.paging_mempool.size = paging_memory;
  if (long answer = domctl(XEN_DOMCTL_set_paging_mempool_size, domain, request)) return answer;
  request = {};
  request.u.max_mem.max_memkb = (child_pages + 256) * (page_size / 1024);
  return domctl(XEN_DOMCTL_max_mem, domain, request);
}

long populate(domid_t domain) {
  constexpr u32 count = child_pages >> superpage_order;
  static xen_pfn_t frames[count];
  for (u32 i = 0; i < count; ++i) frames[i] = (child_memory() >> page_shift) + (u64{i} << superpage_order);
  xen_memory_reservation request{};
  set_xen_guest_handle(request.extent_start, frames);
  request.nr_extents = count;
  request.extent_order = superpage_order;
  request.domid = domain;
  const long answer = memory_op(XENMEM_populate_physmap, &request);
  return answer == long{count} ? 0 : answer < 0 ? answer : -XEN_ENOMEM;
}

}  // namespace

long domctl(u32 command, domid_t domain, xen_domctl& request) {
  request.cmd = command;
  request.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
  request.domain = domain;
  return hypercall(__HYPERVISOR_domctl, address_of(&request));
}

long create_domain() {
  domid_t domain;
  if (long answer = make(&domain)) return answer;
  if (long answer = set_limits(domain)) return answer;
  if (long answer = prepare(domain)) return answer;
  if (long answer = populate(domain)) return answer;
  return domain;
}

long destroy_domain(domid_t domain) {
  xen_domctl request{};
  return domctl(XEN_DOMCTL_destroydomain, domain, request);
}

u32 list_domains() {
  constexpr u32 most = 2048;
  static xen_domctl_getdomaininfo found[most];
  xen_sysctl request{};
  request.u.getdomaininfolist.first_domain = 0;
  request.u.getdomaininfolist.max_domains = most;
  set_xen_guest_handle(request.u.getdomaininfolist.buffer, found);
  if (sysctl(XEN_SYSCTL_getdomaininfolist, request)) return 0;
  return request.u.getdomaininfolist.num_domains;
}

u64 free_pages() {
  xen_sysctl request{};
  return sysctl(XEN_SYSCTL_physinfo, request) ? 0 : u64{request.u.physinfo.free_pages};
}

long connect_channel(domid_t domain, u32* remote_port) {
  evtchn_alloc_unbound alloc{.dom = domain, .remote_dom = 0, .port = 0};
  if (long answer = event_op(EVTCHNOP_alloc_unbound, &alloc)) return answer;
  *remote_port = alloc.port;
  evtchn_bind_interdomain bind{.remote_dom = domain, .remote_port = alloc.port, .local_port = 0};
  if (long answer = event_op(EVTCHNOP_bind_interdomain, &bind)) return answer;
  return bind.local_port;
}

}  // namespace xenolith::guest::bench
