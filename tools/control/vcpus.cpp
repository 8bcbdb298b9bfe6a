// SPDX-License-Identifier: MIT
#include "tools/control/vcpus.hpp"

#include <algorithm>

#include "tools/control/calls.hpp"

namespace xenolith::tools {

VcpuInfo Vcpus::info(DomainId domain, VcpuId vcpu) {
  xen_domctl op{};
  op.u.getvcpuinfo.vcpu = vcpu.value();
  calls::domctl(port_, XEN_DOMCTL_getvcpuinfo, domain, op, "asking about a vCPU of domain");
  const auto& info = op.u.getvcpuinfo;
  return {.id = vcpu,
          .online = info.online != 0,
          .blocked = info.blocked != 0,
          .running = info.running != 0,
          .cpu_time = Nanoseconds(info.cpu_time),
          .cpu = CpuId(info.cpu)};
}

// Bytes of a bitmap with a bit for each CPU that may ever be there.
size_t Vcpus::cpu_bytes() {
  xen_sysctl op{};
  calls::sysctl(port_, XEN_SYSCTL_physinfo, op, "asking for the number of CPUs");
  return size_t(op.u.physinfo.max_cpu_id) / 8 + 1;
}

namespace {

void set_map(xenctl_bitmap& map, HypercallBuffer<uint8_t>& buffer) {
  calls::set_handle(map.bitmap, buffer.data());
  map.nr_bits = uint32_t(buffer.size() * 8);
}

xenctl_bitmap& chosen_map(xen_domctl& op, uint32_t which) {
  auto& affinity = op.u.vcpuaffinity;
  return which & XEN_VCPUAFFINITY_HARD ? affinity.cpumap_hard : affinity.cpumap_soft;
}

}  // namespace

CpuSet Vcpus::affinity(DomainId domain, VcpuId vcpu, uint32_t which) {
  HypercallBuffer<uint8_t> buffer(port_, cpu_bytes());
  xen_domctl op{};
  op.u.vcpuaffinity.vcpu = vcpu.value();
  op.u.vcpuaffinity.flags = which;
  set_map(chosen_map(op, which), buffer);
  calls::domctl(port_, XEN_DOMCTL_getvcpuaffinity, domain, op, "reading the affinity of a vCPU of domain");
  return CpuSet::from_bytes(buffer.span());
}

CpuSet Vcpus::set_affinity(DomainId domain, VcpuId vcpu, const CpuSet& cpus, uint32_t which) {
  HypercallBuffer<uint8_t> buffer(port_, cpus.to_bytes(cpu_bytes()));
  xen_domctl op{};
  op.u.vcpuaffinity.vcpu = vcpu.value();
  op.u.vcpuaffinity.flags = which;
  set_map(chosen_map(op, which), buffer);
  calls::domctl(port_, XEN_DOMCTL_setvcpuaffinity, domain, op, "setting the affinity of a vCPU of domain");
  return CpuSet::from_bytes(buffer.span());
}

CpuSet Vcpus::hard_affinity(DomainId domain, VcpuId vcpu) { return affinity(domain, vcpu, XEN_VCPUAFFINITY_HARD); }
CpuSet Vcpus::soft_affinity(DomainId domain, VcpuId vcpu) { return affinity(domain, vcpu, XEN_VCPUAFFINITY_SOFT); }

CpuSet Vcpus::set_hard_affinity(DomainId domain, VcpuId vcpu, const CpuSet& cpus, bool force) {
  return set_affinity(domain, vcpu, cpus, XEN_VCPUAFFINITY_HARD | (force ? XEN_VCPUAFFINITY_FORCE : 0));
}
CpuSet Vcpus::set_soft_affinity(DomainId domain, VcpuId vcpu, const CpuSet& cpus, bool force) {
  return set_affinity(domain, vcpu, cpus, XEN_VCPUAFFINITY_SOFT | (force ? XEN_VCPUAFFINITY_FORCE : 0));
}

namespace {

constexpr size_t node_bytes = 8;  // a bit for each node: Xen has at most 64

}  // namespace

CpuSet Vcpus::node_affinity(DomainId domain) {
  HypercallBuffer<uint8_t> buffer(port_, node_bytes);
  xen_domctl op{};
  set_map(op.u.nodeaffinity.nodemap, buffer);
  calls::domctl(port_, XEN_DOMCTL_getnodeaffinity, domain, op, "reading the node affinity of domain");
  return CpuSet::from_bytes(buffer.span());
}

void Vcpus::set_node_affinity(DomainId domain, const CpuSet& nodes) {
  HypercallBuffer<uint8_t> buffer(port_, nodes.to_bytes(node_bytes));
  xen_domctl op{};
  set_map(op.u.nodeaffinity.nodemap, buffer);
  calls::domctl(port_, XEN_DOMCTL_setnodeaffinity, domain, op, "setting the node affinity of domain");
}

void Vcpus::set_context(DomainId domain, VcpuId vcpu, const vcpu_guest_context& context) {
  HypercallBuffer<vcpu_guest_context> buffer(port_, 1);
  buffer[0] = context;
  xen_domctl op{};
  op.u.vcpucontext.vcpu = vcpu.value();
  calls::set_handle(op.u.vcpucontext.ctxt, buffer.data());
  calls::domctl(port_, XEN_DOMCTL_setvcpucontext, domain, op, "setting the registers of a vCPU of domain");
}

std::vector<uint8_t> Vcpus::hvm_context(DomainId domain) {
  static constexpr const char* what = "reading the HVM context of domain";
  xen_domctl size_op{};
  calls::domctl(port_, XEN_DOMCTL_gethvmcontext, domain, size_op, what);
  HypercallBuffer<uint8_t> buffer(port_, size_op.u.hvmcontext.size);
  xen_domctl op{};
  op.u.hvmcontext.size = uint32_t(buffer.size());
  calls::set_handle(op.u.hvmcontext.buffer, buffer.data());
  calls::domctl(port_, XEN_DOMCTL_gethvmcontext, domain, op, what);
  size_t size = std::min<size_t>(op.u.hvmcontext.size, buffer.size());
  return {buffer.data(), buffer.data() + size};
}

void Vcpus::set_hvm_context(DomainId domain, std::span<const uint8_t> records) {
  HypercallBuffer<uint8_t> buffer(port_, records);
  xen_domctl op{};
  op.u.hvmcontext.size = uint32_t(buffer.size());
  calls::set_handle(op.u.hvmcontext.buffer, buffer.data());
  calls::domctl(port_, XEN_DOMCTL_sethvmcontext, domain, op, "setting the HVM context of domain");
}

std::vector<uint8_t> Vcpus::hvm_record(DomainId domain, uint16_t type, uint16_t instance, size_t size) {
  HypercallBuffer<uint8_t> buffer(port_, size);
  xen_domctl op{};
  auto& partial = op.u.hvmcontext_partial;
  partial.type = type;
  partial.instance = instance;
  partial.bufsz = buffer.size();
  calls::set_handle(partial.buffer, buffer.data());
  calls::domctl(port_, XEN_DOMCTL_gethvmcontext_partial, domain, op, "reading a record of the HVM context of domain");
  return {buffer.data(), buffer.data() + size};
}

uint64_t Vcpus::parameter(DomainId domain, uint32_t index) {
  xen_hvm_param argument{};
  argument.domid = domain.value();
  argument.index = index;
  calls::command(port_, __HYPERVISOR_hvm_op, HVMOP_get_param, argument, domain, "reading an HVM parameter of domain");
  return argument.value;
}

void Vcpus::set_parameter(DomainId domain, uint32_t index, uint64_t value) {
  xen_hvm_param argument{};
  argument.domid = domain.value();
  argument.index = index;
  argument.value = value;
  calls::command(port_, __HYPERVISOR_hvm_op, HVMOP_set_param, argument, domain, "setting an HVM parameter of domain");
}

}  // namespace xenolith::tools
