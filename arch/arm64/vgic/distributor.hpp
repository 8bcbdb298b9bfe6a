// SPDX-License-Identifier: MIT
// Distributor: the virtual interrupt controller of a domain: its shared interrupts, its registers, and the parts of its vCPUs.
// Source: Arm IHI 0048B, "Programmers' Model"; IHI 0069, "Programmers' Model". docs/gic.md tells the rules.
#pragma once

#include "arch/arm64/vgic/places.hpp"
#include "arch/arm64/vgic/vcpu_interface.hpp"
#include "core/base/heap_array.hpp"
#include "core/base/lock.hpp"

namespace xenolith::vgic {

class Distributor {
 public:
  struct Configuration {
    Version version = Version::v2;
    unsigned vcpus = 1;
    unsigned spis = 32;  // up to 988; rounded up to whole registers of 32
    bool lpis = false;   // GICv3: LPIs come from the machine (VcpuInterface::raise_lpi), whose redistributors the port reaches
    const Places* places = nullptr;  // GICv3: which redistributors are the last of a region of addresses; outlives it
  };
  static constexpr unsigned most_vcpus_v2 = 8, most_spis = 988;

  // Fails with EINVAL, ENOMEM. `port` outlives it.
  static Result<Own<Distributor>> create(const Configuration& configuration, Port& port);
  Distributor(const Configuration& configuration, Port& port, HeapArray<VcpuInterface> cpus, HeapArray<VirtualIrq> spis,
              HeapArray<LpiSet> lpis);

  Version version() const { return configuration_.version; }
  unsigned vcpus() const { return configuration_.vcpus; }
  unsigned interrupts() const { return gic::private_count + configuration_.spis; }  // numbers below are there
  Port& port() { return port_; }
  // `vcpu` is below vcpus().
  VcpuInterface& cpu(unsigned vcpu) { return cpus_[vcpu]; }

  // ================ SPIs: any CPU, any context, no lock. Numbers that are not there are ignored.
  void raise(Intid intid);
  void set_line(Intid intid, bool asserted);
  // From now on it is linked with the machine's interrupt of the same number (raise() is called for that, then). Before the domain
  // runs. Fails with EINVAL.
  Result<void> link_hardware(Intid intid);
  bool is_linked(Intid intid) const { return has_spi(intid.raw()) && spi(intid.raw()).load().has(IrqWord::hardware); }
  // The vCPU has moved to another CPU: its linked interrupts should follow. Process context.
  void vcpu_moved(unsigned vcpu);

  // ================ registers: `vcpu` makes the access. Sizes 1, 2, 4 and 8; what is not there reads 0 and ignores writes.
  u64 read_distributor(unsigned vcpu, u64 offset, unsigned size);
  void write_distributor(unsigned vcpu, u64 offset, unsigned size, u64 value);
  // GICv3: the registers of `owner`'s redistributor (two frames of 64 KiB).
  static constexpr u64 redistributor_size = 0x2'0000;
  u64 read_redistributor(unsigned owner, u64 offset, unsigned size);
  void write_redistributor(unsigned owner, u64 offset, unsigned size, u64 value);
  // GICv3: ICC_SGI1R_EL1.
  void write_sgi1r(unsigned vcpu, u64 value);

  // ================ for the parts
  // Guests of GICv2 have interrupts of group 0, those of GICv3 of group 1, as on machines with one security state.
  bool is_enabled() const {
    return (control_.load(std::memory_order_seq_cst) & (version() == Version::v2 ? 1u : 2u)) != 0;
  }
  bool has_spi(u32 intid) const { return intid >= gic::private_count && intid < interrupts(); }
  VirtualIrq& spi(u32 intid) { return spis_[clamp_index_speculative(intid - gic::private_count, spis_.size())]; }
  const VirtualIrq& spi(u32 intid) const { return spis_[clamp_index_speculative(intid - gic::private_count, spis_.size())]; }
  // Moves an SPI that is not held to the vCPU that the guest has asked for.
  void settle_target(u32 intid);
  // The SPI may have become relevant: tells its vCPU.
  void post_spi(u32 intid);

 private:
  friend class Fields;
  void write_control(u32 value);
  u32 type() const;
  u64 redistributor_type(unsigned owner) const;
  u64 lpi_register(unsigned owner, u64 offset, unsigned size) const;
  void write_lpi_register(unsigned owner, u64 offset, unsigned size, u64 value);
  void write_sgir(unsigned vcpu, u32 value);
  void send_sgi(unsigned source, unsigned target, Intid intid);
  void apply_to_hardware(u32 intid);
  void retarget(u32 intid, u16 wanted);

  const Configuration configuration_;
  Port& port_;
  HeapArray<VcpuInterface> cpus_;
  HeapArray<VirtualIrq> spis_;
  HeapArray<LpiSet> lpis_;  // one for each vCPU, or none
  std::atomic<u32> control_{0};
  struct Hardware {};
  Locked<Hardware, LockRank::virtual_device> hardware_;  // held while the machine is told of a linked interrupt's state
};

}  // namespace xenolith::vgic
