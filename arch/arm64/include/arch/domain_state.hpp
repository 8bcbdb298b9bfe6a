// SPDX-License-Identifier: MIT
// The arm64 part of a domain and of a vCPU.
#pragma once

#include <array>
#include <atomic>

#include "arch/arm64/hyp/registers.hpp"
#include "arch/arm64/hyp/system_context.hpp"
#include "arch/arm64/timer/guest_timer.hpp"
#include "arch/arm64/vgic/domain_gic.hpp"
#include "arch/arm64/vuart/domain_uart.hpp"
#include "core/memory/frame.hpp"

namespace xenolith {
class Domain;
class Vcpu;
}  // namespace xenolith

namespace xenolith::arch {

class DomainState {
 public:
  static Result<Own<DomainState>> create(Domain& domain);
  explicit DomainState(u16 vmid) : vmid_{vmid} {}
  ~DomainState();

  u16 vmid() const { return vmid_; }
  vgic::DomainGic& gic() { return *gic_; }
  // Once, before the domain's first vCPU: where its interrupt controller lies is known later than the domain itself for the
  // hardware domain.
  Result<void> create_gic(Domain& domain, const vgic::DomainGic::Configuration& configuration);
  bool has_gic() const { return static_cast<bool>(gic_); }
  // A serial line; nullptr: there is none. Made before the domain runs. The second: for a console daemon, see DomainUart::connect().
  vuart::DomainUart* uart() { return uart_.get(); }
  Result<void> create_uart(Domain& domain, GuestPhysical at, gic::Intid interrupt);
  Result<Port> create_served_uart(Domain& domain, Gfn ring, DomainId console);

  // Which of its vCPUs each CPU had last, plus one: another one's translations, of addresses that are local to a vCPU, must go.
  std::array<std::atomic<u16>, max_cpus> last_vcpu{};

 private:
  u16 vmid_;
  Own<vgic::DomainGic> gic_;
  Own<vuart::DomainUart> uart_;
};

class VcpuState {
 public:
  explicit VcpuState(Vcpu& vcpu);

  GuestRegisters registers;
  SystemContext system;
  FloatingPointContext floating_point;
  timer::GuestTimer timer;
  vgic::VcpuInterface& interrupts;  // its part of the domain's interrupt controller
  // It is in its guest or about to be: an interrupt of the CPU makes it leave.
  std::atomic<bool> in_guest{false};
  std::atomic<bool> starting{false};  // another vCPU is giving it its first state
};

}  // namespace xenolith::arch
