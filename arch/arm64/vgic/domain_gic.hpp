// SPDX-License-Identifier: MIT
// DomainGic: a domain's interrupt controller, tied to the domain and to the machine.
#pragma once

#include "arch/arm64/gic/gic.hpp"
#include "arch/arm64/vgic/distributor.hpp"
#include "arch/arm64/vgic/places.hpp"

namespace xenolith {
class Domain;
}

namespace xenolith::vgic {

class DomainGic final : public Port, public gic::InterruptAction {
 public:
  struct Configuration {
    Version version = Version::v2;
    unsigned spis = 32;
    bool lpis = false;              // the machine's LPIs are the domain's: vCPU n has those of CPU n
    Places places;
    Intid event_ppi{31};            // tells of event channels
    Intid virtual_timer_ppi{27};    // linked with the machine's
    Intid physical_timer_ppi{30};   // emulated
    u64 counter_offset = 0;         // of the virtual counter behind the machine's
  };
  // Before the domain's vCPUs. Fails with EINVAL, ENODEV (GICv3 registers only where the machine has them), ENOMEM.
  static Result<Own<DomainGic>> create(Domain& domain, const Configuration& configuration);
  DomainGic(Domain& domain, const Configuration& configuration) : domain_{domain}, configuration_{configuration} {}
  ~DomainGic();

  const Configuration& configuration() const { return configuration_; }
  Distributor& distributor() { return *distributor_; }
  VcpuInterface& cpu(unsigned vcpu) { return distributor_->cpu(vcpu); }

  // ---- any context
  void raise(Intid spi) { distributor_->raise(spi); }
  void set_line(Intid spi, bool asserted) { distributor_->set_line(spi, asserted); }
  void raise_private(unsigned vcpu, Intid ppi) { cpu(vcpu).raise(ppi); }
  void set_private_line(unsigned vcpu, Intid ppi, bool asserted) { cpu(vcpu).set_line(ppi, asserted); }
  // evtchn_upcall_pending has been set.
  void raise_event(unsigned vcpu) { raise_private(vcpu, configuration_.event_ppi); }

  // ---- the vCPU's own CPU, interrupts off: see VcpuInterface
  void load(unsigned vcpu);
  void save(unsigned vcpu) { cpu(vcpu).save(); }
  bool has_deliverable(unsigned vcpu) { return cpu(vcpu).has_deliverable(); }
  // The vCPU starts anew (CPU_ON, reset); it is off every CPU. To be called on the CPU that starts it or any other.
  void reset_cpu(unsigned vcpu) { cpu(vcpu).reset(); }

  // ---- accesses of a vCPU: on its own CPU, interrupts on
  // Is the address one of the controller's registers?
  bool contains(GuestPhysical address) const { return configuration_.places.find(address, distributor_->vcpus()).has_value(); }
  u64 read(unsigned vcpu, GuestPhysical address, unsigned size);
  void write(unsigned vcpu, GuestPhysical address, unsigned size, u64 value);
  void write_sgi1r(unsigned vcpu, u64 value) { distributor_->write_sgi1r(vcpu, value); }

  // ---- the machine's SPIs for the domain, with the same number. Before it runs. Fails with EINVAL, EBUSY.
  Result<void> link_hardware(Intid spi);
  // All that nobody else has.
  void link_all_hardware();

  // Port
  void wake(unsigned vcpu) override;
  void set_hardware(Intid intid, const HardwareSetting& setting) override;
  void set_hardware_pending(Intid intid, bool pending) override { gic::set_spi_pending(intid, pending); }
  void deactivate_hardware(Intid intid) override { gic::deactivate(intid); }
  void guest_has_ended(Intid intid) override { gic::guest_has_ended(intid); }
  u64 read_redistributor(unsigned vcpu, u32 offset) override { return gic::read_redistributor(CpuId{vcpu}, offset); }
  void write_redistributor(unsigned vcpu, u32 offset, u64 value) override { gic::write_redistributor(CpuId{vcpu}, offset, value); }
  // gic::InterruptAction
  gic::After arrived(Intid intid) override;

 private:
  Domain& domain_;
  Configuration configuration_;
  Own<Distributor> distributor_;
  bool has_links_ = false;
  HeapArray<CpuId> last_cpu_;  // where each vCPU was loaded last: each vCPU's own CPU's
};

}  // namespace xenolith::vgic
