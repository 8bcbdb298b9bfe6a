// SPDX-License-Identifier: MIT
#include "core/control/affinity.hpp"

#include "core/domain/domain.hpp"
#include "core/run/dispatcher.hpp"
#include "core/run/domain_run.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith::affinity {

CpuSet pool_cpus(const Vcpu& vcpu) { return vcpu.domain().run().group().pool().cpus(); }
CpuSet soft(const Vcpu& vcpu) { return vcpu.run().soft_affinity(); }
CpuSet hard(const Vcpu& vcpu) {
  return vcpu.run().pin().with(
      [&](const VcpuPin& pin) { return pin.active ? pin.former : vcpu.run().hard_affinity(); });
}

Result<void> set_hard(Vcpu& vcpu, const CpuSet& cpus) {
  return vcpu.run().pin().with([&](VcpuPin& pin) -> Result<void> {
    if (pin.active) return Failure{XEN_EBUSY};
    if (!cpus.intersects(pool_cpus(vcpu))) return Failure{XEN_EINVAL};
    return Dispatcher::set_affinity(vcpu.run(), cpus, soft(vcpu));
  });
}

Result<void> set_soft(Vcpu& vcpu, const CpuSet& cpus) {
  return vcpu.run().pin().with(
      [&](VcpuPin&) { return Dispatcher::set_affinity(vcpu.run(), vcpu.run().hard_affinity(), cpus); });
}

Result<void> override_with(Vcpu& vcpu, CpuId cpu) {
  if (!pool_cpus(vcpu).contains(cpu)) return Failure{XEN_EINVAL};
  return vcpu.run().pin().with([&](VcpuPin& pin) -> Result<void> {
    CpuSet one = CpuSet::of(cpu), former = vcpu.run().hard_affinity();
    if (pin.active) return former == one ? Result<void>{} : Failure{XEN_EBUSY};
    TRY(Dispatcher::set_affinity(vcpu.run(), one, soft(vcpu)));
    pin = {.active = true, .former = former};
    return {};
  });
}

Result<void> end_override(Vcpu& vcpu) {
  return vcpu.run().pin().with([&](VcpuPin& pin) -> Result<void> {
    if (!pin.active) return Failure{XEN_EINVAL};
    TRY(Dispatcher::set_affinity(vcpu.run(), pin.former, soft(vcpu)));
    pin.active = false;
    return {};
  });
}

}  // namespace xenolith::affinity
