// SPDX-License-Identifier: MIT
#include "tools/control/domains.hpp"

#include <cstring>

#include "tools/control/calls.hpp"
#include "tools/control/domain_arch.hpp"

namespace xenolith::tools {
namespace {

static_assert(sizeof(xen_domain_handle_t) == sizeof(Uuid::bytes));

DomainInfo decode(const xen_domctl_getdomaininfo& from) {
  DomainInfo info;
  info.id = DomainId(from.domain);
  std::memcpy(info.handle.bytes.data(), from.handle, sizeof from.handle);
  auto flag = [&](uint32_t bit) { return (from.flags & bit) != 0; };
  info.hvm = flag(XEN_DOMINF_hvm_guest);
  info.hap = flag(XEN_DOMINF_hap);
  info.xenstore = flag(XEN_DOMINF_xs_domain);
  info.dying = flag(XEN_DOMINF_dying);
  info.shutdown = flag(XEN_DOMINF_shutdown);
  info.paused = flag(XEN_DOMINF_paused);
  info.blocked = flag(XEN_DOMINF_blocked);
  info.running = flag(XEN_DOMINF_running);
  info.debugged = flag(XEN_DOMINF_debugged);
  info.reason = ShutdownReason(from.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask);
  info.total = PageCount(from.tot_pages);
  info.max = PageCount(from.max_pages);
  info.outstanding = PageCount(from.outstanding_pages);
  info.shared = PageCount(from.shr_pages);
  info.paged = PageCount(from.paged_pages);
  info.cpu_time = Nanoseconds(from.cpu_time);
  info.online_vcpus = from.nr_online_vcpus;
  info.vcpus = from.max_vcpu_id == XEN_INVALID_MAX_VCPU_ID ? 0 : from.max_vcpu_id + 1;
  info.ssid = from.ssidref;
  info.pool = PoolId(from.cpupool);
  info.guest_address_bits = from.gpaddr_bits;
  return info;
}

// A domctl that needs nothing but the domain.
void simple(HypercallPort& port, uint32_t command, DomainId domain, const char* what) {
  xen_domctl op{};
  calls::domctl(port, command, domain, op, what);
}

}  // namespace

DomainId Domains::create(const DomainSpec& spec, ArchDomain* made) {
  failure_point("creating domain");
  xen_domctl op{};
  auto& create = op.u.createdomain;
  create.ssidref = spec.ssid;
  std::memcpy(create.handle, spec.handle.bytes.data(), sizeof create.handle);
  create.flags = spec.flags;
  create.max_vcpus = spec.max_vcpus;
  create.max_evtchn_port = spec.max_event_channel_port;
  create.max_grant_frames = spec.max_grant_frames;
  create.max_maptrack_frames = spec.max_maptrack_frames;
  create.grant_opts = XEN_DOMCTL_GRANT_version(spec.grant_version);
  create.cpupool_id = spec.pool.value();
  write_arch_config(spec, create.arch);
  DomainId wanted = spec.id.value_or(DomainId(DOMID_INVALID));
  calls::checked(calls::try_domctl(port_, XEN_DOMCTL_createdomain, wanted, op), "creating a domain");
  if (made) *made = read_arch_config(create.arch);
  return DomainId(op.domain);
}

void Domains::destroy(DomainId domain) {
  failure_point("destroying domain");
  long result = 0;
  do {
    xen_domctl op{};
    result = calls::try_domctl(port_, XEN_DOMCTL_destroydomain, domain, op);
  } while (result == -EAGAIN || result == -ERESTART);
  calls::checked(result, "destroying domain", domain);
}

void Domains::pause(DomainId domain) { simple(port_, XEN_DOMCTL_pausedomain, domain, "pausing domain"); }
void Domains::unpause(DomainId domain) { simple(port_, XEN_DOMCTL_unpausedomain, domain, "unpausing domain"); }
void Domains::resume(DomainId domain) { simple(port_, XEN_DOMCTL_resumedomain, domain, "resuming domain"); }

void Domains::shutdown(DomainId domain, ShutdownReason reason) {
  sched_remote_shutdown argument{};
  argument.domain_id = domain.value();
  argument.reason = unsigned(reason);
  calls::command(port_, __HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, argument, domain, "shutting down domain");
}

void Domains::make_vcpus(DomainId domain, uint32_t count) {
  xen_domctl op{};
  op.u.max_vcpus.max = count;
  calls::domctl(port_, XEN_DOMCTL_max_vcpus, domain, op, "making the vCPUs of domain");
}

void Domains::set_max_memory(DomainId domain, KiB limit) {
  xen_domctl op{};
  op.u.max_mem.max_memkb = limit.value();
  calls::domctl(port_, XEN_DOMCTL_max_mem, domain, op, "limiting the memory of domain");
}

void Domains::set_address_bits(DomainId domain, uint32_t bits) {
  xen_domctl op{};
  op.u.address_size.size = bits;
  calls::domctl(port_, XEN_DOMCTL_set_address_size, domain, op, "setting the address size of domain");
}

void Domains::set_handle(DomainId domain, const Uuid& handle) {
  xen_domctl op{};
  std::memcpy(op.u.setdomainhandle.handle, handle.bytes.data(), handle.bytes.size());
  calls::domctl(port_, XEN_DOMCTL_setdomainhandle, domain, op, "setting the UUID of domain");
}

void Domains::set_paging_memory(DomainId domain, KiB size) {
  static constexpr const char* what = "setting the paging memory of domain";
  failure_point(what);
  long result = 0;
  do {
    xen_domctl op{};
    op.u.paging_mempool.size = size.value() * 1024;
    result = calls::try_domctl(port_, XEN_DOMCTL_set_paging_mempool_size, domain, op);
  } while (result == -EAGAIN || result == -ERESTART);
  calls::checked(result, what, domain);
}

Port Domains::make_serial_line(DomainId domain, Gfn ring, DomainId console_domain) {
  xen_domctl op{};
  op.u.vuart_op.cmd = XEN_DOMCTL_VUART_OP_INIT;
  op.u.vuart_op.type = XEN_DOMCTL_VUART_TYPE_VPL011;
  op.u.vuart_op.gfn = ring.value();
  op.u.vuart_op.console_domid = console_domain.value();
  calls::domctl(port_, XEN_DOMCTL_vuart_op, domain, op, "making the serial line of domain");
  return Port(op.u.vuart_op.evtchn);
}

KiB Domains::paging_memory(DomainId domain) {
  xen_domctl op{};
  calls::domctl(port_, XEN_DOMCTL_get_paging_mempool_size, domain, op, "reading the paging memory of domain");
  return KiB(op.u.paging_mempool.size / 1024);
}

std::optional<DomainInfo> Domains::find(DomainId domain) {
  failure_point("asking about domain");
  xen_domctl op{};
  long result = calls::try_domctl(port_, XEN_DOMCTL_getdomaininfo, domain, op);
  if (result == -ESRCH) return std::nullopt;
  calls::checked(result, "asking about domain", domain);
  // Xen 4.17 answers with the next domain if this one is not there.
  if (op.u.getdomaininfo.domain != domain.value()) return std::nullopt;
  return decode(op.u.getdomaininfo);
}

DomainInfo Domains::info(DomainId domain) {
  auto info = find(domain);
  if (!info) throw_errno(ESRCH, fmt::format("asking about domain {}", domain));
  return *info;
}

std::vector<DomainInfo> Domains::list(DomainId first) {
  constexpr size_t batch = 256;
  std::vector<DomainInfo> domains;
  HypercallBuffer<xen_domctl_getdomaininfo> buffer(port_, batch);
  uint32_t next = first.value();
  while (next < DOMID_FIRST_RESERVED) {
    xen_sysctl op{};
    auto& list = op.u.getdomaininfolist;
    list.first_domain = domid_t(next);
    list.max_domains = batch;
    calls::set_handle(list.buffer, buffer.data());
    calls::sysctl(port_, XEN_SYSCTL_getdomaininfolist, op, "listing the domains");
    size_t count = std::min<size_t>(list.num_domains, batch);
    for (size_t i = 0; i < count; ++i) domains.push_back(decode(buffer[i]));
    if (count < batch) break;
    next = uint32_t(domains.back().id.value()) + 1;
  }
  return domains;
}

void Domains::trigger(DomainId domain, Trigger trigger, VcpuId vcpu) {
  xen_domctl op{};
  op.u.sendtrigger.trigger = uint32_t(trigger);
  op.u.sendtrigger.vcpu = vcpu.value();
  calls::domctl(port_, XEN_DOMCTL_sendtrigger, domain, op, "sending a trigger to domain");
}

void Domains::set_time_offset(DomainId domain, int64_t seconds) {
  xen_domctl op{};
  op.u.settimeoffset.time_offset_seconds = seconds;
  calls::domctl(port_, XEN_DOMCTL_settimeoffset, domain, op, "setting the time offset of domain");
}

void Domains::set_tsc(DomainId domain, uint32_t mode, uint32_t khz) {
  xen_domctl op{};
  op.u.tsc_info.tsc_mode = mode;
  op.u.tsc_info.gtsc_khz = khz;
  calls::domctl(port_, XEN_DOMCTL_settscinfo, domain, op, "setting the TSC mode of domain");
}

void Domains::set_debugging(DomainId domain, bool on) {
  xen_domctl op{};
  op.u.setdebugging.enable = on;
  calls::domctl(port_, XEN_DOMCTL_setdebugging, domain, op, "setting the debugging mode of domain");
}

void Domains::set_virq_handler(DomainId domain, uint32_t virq) {
  xen_domctl op{};
  op.u.set_virq_handler.virq = virq;
  calls::domctl(port_, XEN_DOMCTL_set_virq_handler, domain, op, "giving a VIRQ to domain");
}

void Domains::set_target(DomainId domain, DomainId target) {
  xen_domctl op{};
  op.u.set_target.target = target.value();
  calls::domctl(port_, XEN_DOMCTL_set_target, domain, op, "setting the target of domain");
}

void Domains::permit_ports(DomainId domain, uint32_t first, uint32_t count, bool allow) {
  xen_domctl op{};
  op.u.ioport_permission.first_port = first;
  op.u.ioport_permission.nr_ports = count;
  op.u.ioport_permission.allow_access = allow;
  calls::domctl(port_, XEN_DOMCTL_ioport_permission, domain, op, "setting the I/O port permissions of domain");
}

void Domains::permit_memory(DomainId domain, uint64_t first_frame, PageCount count, bool allow) {
  xen_domctl op{};
  op.u.iomem_permission.first_mfn = first_frame;
  op.u.iomem_permission.nr_mfns = count.value();
  op.u.iomem_permission.allow_access = allow;
  calls::domctl(port_, XEN_DOMCTL_iomem_permission, domain, op, "setting the I/O memory permissions of domain");
}

void Domains::permit_irq(DomainId domain, uint32_t irq, bool allow) {
  xen_domctl op{};
  op.u.irq_permission.pirq = irq;
  op.u.irq_permission.allow_access = allow;
  calls::domctl(port_, XEN_DOMCTL_irq_permission, domain, op, "setting the IRQ permissions of domain");
}

}  // namespace xenolith::tools
