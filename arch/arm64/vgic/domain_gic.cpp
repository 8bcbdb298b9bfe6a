// SPDX-License-Identifier: MIT
#include "arch/arm64/vgic/domain_gic.hpp"

#include "core/domain/domain.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith::vgic {
namespace {

bool is_offered(Version version) { return version == gic::version() || (version == Version::v2 && gic::guest_cpu_interface()); }

}  // namespace

Result<Own<DomainGic>> DomainGic::create(Domain& domain, const Configuration& configuration) {
  if (!is_offered(configuration.version)) return Failure{XEN_ENODEV};
  Own<DomainGic> made = TRY(make<DomainGic>(domain, configuration));
  made->distributor_ = TRY(Distributor::create(
      {.version = configuration.version, .vcpus = domain.max_vcpus(), .spis = configuration.spis, .lpis = configuration.lpis, .places = &made->configuration_.places},
      *made));
  made->last_cpu_ = TRY(HeapArray<CpuId>::create(domain.max_vcpus()));
  for (unsigned n = 0; n < domain.max_vcpus(); ++n) made->cpu(n).link_hardware(configuration.virtual_timer_ppi);
  if (configuration.lpis) TRY(gic::bind_lpis(*made));
  return made;
}

DomainGic::~DomainGic() {
  if (configuration_.lpis) gic::unbind_lpis(*this);
  for (u32 n = gic::private_count; distributor_ && n < distributor_->interrupts(); ++n)
    if (distributor_->is_linked(Intid{n})) gic::unbind_spi(Intid{n});
}

void DomainGic::load(unsigned vcpu) {
  cpu(vcpu).load(gic::virtual_interface());
  if (!has_links_ || last_cpu_[vcpu] == arch::this_cpu()) return;
  last_cpu_[vcpu] = arch::this_cpu();
  distributor_->vcpu_moved(vcpu);
}

// What the vCPU has in its own list registers is looked at first: it sees what it has done.
u64 DomainGic::read(unsigned vcpu, GuestPhysical address, unsigned size) {
  cpu(vcpu).collect();
  auto found = configuration_.places.find(address, distributor_->vcpus());
  if (!found) return 0;
  if (found->is_distributor) return distributor_->read_distributor(vcpu, found->offset, size);
  return distributor_->read_redistributor(found->vcpu, found->offset, size);
}

void DomainGic::write(unsigned vcpu, GuestPhysical address, unsigned size, u64 value) {
  cpu(vcpu).collect();
  auto found = configuration_.places.find(address, distributor_->vcpus());
  if (!found) return;
  if (found->is_distributor) distributor_->write_distributor(vcpu, found->offset, size, value);
  else distributor_->write_redistributor(found->vcpu, found->offset, size, value);
}

Result<void> DomainGic::link_hardware(Intid spi) {
  if (!distributor_->has_spi(spi.raw())) return Failure{XEN_EINVAL};
  if (distributor_->is_linked(spi)) return {};
  TRY(gic::bind_spi(spi, *this));
  has_links_ = true;
  return distributor_->link_hardware(spi);
}

void DomainGic::link_all_hardware() {
  for (u32 n = gic::private_count; n < distributor_->interrupts(); ++n) static_cast<void>(link_hardware(Intid{n}));
}

void DomainGic::wake(unsigned vcpu) {
  if (Vcpu* target = domain_.vcpu(VcpuId{vcpu})) target->kick();
}

void DomainGic::set_hardware(Intid intid, const HardwareSetting& setting) {
  Vcpu* target = domain_.vcpu(VcpuId{setting.vcpu});
  gic::set_spi(intid, setting.enabled, setting.trigger, target ? target->run().cpu() : CpuId{0});
}

// It stays active at the machine until the guest has ended its own.
gic::After DomainGic::arrived(Intid intid) {
  if (intid.raw() >= LpiSet::first) {
    unsigned vcpu = arch::this_cpu().raw();
    if (vcpu < distributor_->vcpus()) cpu(vcpu).raise_lpi(intid);
    return gic::After::leave_to_guest;  // there is nothing to end
  }
  distributor_->raise(intid);
  return gic::After::leave_to_guest;
}

}  // namespace xenolith::vgic
