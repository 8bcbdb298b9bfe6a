// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "tools/control/cpu_set.hpp"
#include "tools/control/interface.hpp"
#include "tools/control/port.hpp"

namespace xenolith::tools {

struct VcpuInfo {
  VcpuId id;
  bool online = false, blocked = false, running = false;
  Nanoseconds cpu_time;
  CpuId cpu;  // where it runs or ran last
};

// Virtual CPUs of domains. All throw Error with the hypervisor's errno.
class Vcpus {
 public:
  explicit Vcpus(HypercallPort& port) : port_(port) {}

  VcpuInfo info(DomainId domain, VcpuId vcpu);
  // Affinity; the setters give what took effect (within the cpupool's CPUs).
  CpuSet hard_affinity(DomainId domain, VcpuId vcpu);
  CpuSet soft_affinity(DomainId domain, VcpuId vcpu);
  CpuSet set_hard_affinity(DomainId domain, VcpuId vcpu, const CpuSet& cpus, bool force = false);
  CpuSet set_soft_affinity(DomainId domain, VcpuId vcpu, const CpuSet& cpus, bool force = false);
  CpuSet node_affinity(DomainId domain);
  void set_node_affinity(DomainId domain, const CpuSet& nodes);

  // Registers (<xen/arch-x86/xen.h>, <xen/arch-arm.h>); flags with VGCF_online make it run.
  void set_context(DomainId domain, VcpuId vcpu, const vcpu_guest_context& context);

  // The save records of an HVM or PVH domain (<xen/hvm/save.h>).
  std::vector<uint8_t> hvm_context(DomainId domain);
  void set_hvm_context(DomainId domain, std::span<const uint8_t> records);
  // One record's content.
  std::vector<uint8_t> hvm_record(DomainId domain, uint16_t type, uint16_t instance, size_t size);

  uint64_t parameter(DomainId domain, uint32_t index);  // HVM_PARAM_*
  void set_parameter(DomainId domain, uint32_t index, uint64_t value);

 private:
  CpuSet affinity(DomainId domain, VcpuId vcpu, uint32_t which);
  CpuSet set_affinity(DomainId domain, VcpuId vcpu, const CpuSet& cpus, uint32_t which);
  size_t cpu_bytes();

  HypercallPort& port_;
};

}  // namespace xenolith::tools
