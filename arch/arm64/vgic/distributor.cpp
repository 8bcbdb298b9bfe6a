// SPDX-License-Identifier: MIT
#include "arch/arm64/vgic/distributor.hpp"

#include <algorithm>

#include "arch/arm64/vgic/affinity.hpp"

namespace xenolith::vgic {
namespace {

bool is_valid(const Distributor::Configuration& configuration) {
  unsigned most_vcpus = configuration.version == Version::v2 ? Distributor::most_vcpus_v2 : VirtualIrq::any_cpu;
  return configuration.vcpus > 0 && configuration.vcpus <= most_vcpus && configuration.spis <= Distributor::most_spis;
}

// Register banks hold 32 interrupts each; the last one ends before the special numbers.
unsigned whole_registers(unsigned spis) { return std::min<unsigned>(align_up(spis, 32u), Distributor::most_spis); }

}  // namespace

Result<Own<Distributor>> Distributor::create(const Configuration& configuration, Port& port) {
  if (!is_valid(configuration)) return Failure{XEN_EINVAL};
  Configuration rounded = configuration;
  rounded.spis = whole_registers(configuration.spis);
  auto cpus = TRY(HeapArray<VcpuInterface>::create(rounded.vcpus));
  auto spis = TRY(HeapArray<VirtualIrq>::create(rounded.spis));
  auto lpis = TRY(HeapArray<LpiSet>::create(rounded.lpis ? rounded.vcpus : 0));
  return make<Distributor>(rounded, port, std::move(cpus), std::move(spis), std::move(lpis));
}

Distributor::Distributor(const Configuration& configuration, Port& port, HeapArray<VcpuInterface> cpus,
                         HeapArray<VirtualIrq> spis, HeapArray<LpiSet> lpis)
    : configuration_{configuration}, port_{port}, cpus_{std::move(cpus)}, spis_{std::move(spis)}, lpis_{std::move(lpis)} {
  for (unsigned n = 0; n < vcpus(); ++n) cpus_[n].attach(*this, n);
  for (unsigned n = 0; n < lpis_.size(); ++n) cpus_[n].use_lpis(lpis_[n]);
}

Result<void> Distributor::link_hardware(Intid intid) {
  if (!has_spi(intid.raw())) return Failure{XEN_EINVAL};
  spi(intid.raw()).set(IrqWord::hardware);
  return {};
}

void Distributor::post_spi(u32 intid) {
  IrqWord word = spi(intid).load();
  if (word.is_relevant() && word.target() < vcpus()) cpus_[word.target()].post(intid);
}

void Distributor::raise(Intid intid) {
  if (!has_spi(intid.raw())) return;
  if (!spi(intid.raw()).set(IrqWord::latch).has(IrqWord::latch)) post_spi(intid.raw());
}

void Distributor::set_line(Intid intid, bool asserted) {
  if (!has_spi(intid.raw())) return;
  VirtualIrq& it = spi(intid.raw());
  if (!asserted) {
    it.clear(IrqWord::line);
    return;
  }
  IrqWord before = it.update([](IrqWord w) {
    bool rises = !w.has(IrqWord::line) && w.has(IrqWord::edge);
    return IrqWord{w.raw | IrqWord::line | (rises ? IrqWord::latch : 0)};
  });
  if (!before.has(IrqWord::line)) post_spi(intid.raw());
}

void Distributor::settle_target(u32 intid) {
  VirtualIrq& it = spi(intid);
  unsigned wanted = it.wanted_vcpu();
  bool moved = false;
  it.update([&](IrqWord w) {
    moved = !w.is_held() && w.target() != wanted;
    return moved ? IrqWord{IrqWord::Target::set(w.raw, wanted)} : w;
  });
  if (moved) post_spi(intid);
}

void Distributor::retarget(u32 intid, u16 wanted) {
  VirtualIrq& it = spi(intid);
  if (it.wanted() == wanted) return;
  it.set_wanted(wanted);
  settle_target(intid);
  // In a list register of another vCPU: that one moves it when it has left its guest.
  if (IrqWord word = it.load(); word.has(IrqWord::loaded)) cpus_[word.target()].call_in();
  apply_to_hardware(intid);
}

void Distributor::apply_to_hardware(u32 intid) {
  if (!is_linked(Intid{intid})) return;
  hardware_.with([&](Hardware&) {
    const VirtualIrq& it = spi(intid);
    IrqWord word = it.load();
    port_.set_hardware(Intid{intid}, {.enabled = word.has(IrqWord::enabled),
                                      .trigger = word.has(IrqWord::edge) ? Trigger::edge : Trigger::level,
                                      .vcpu = it.wanted_vcpu()});
  });
}

void Distributor::vcpu_moved(unsigned vcpu) {
  for (u32 intid = gic::private_count; intid < interrupts(); ++intid)
    if (is_linked(Intid{intid}) && spi(intid).load().has(IrqWord::enabled) && spi(intid).wanted_vcpu() == vcpu)
      apply_to_hardware(intid);
}

void Distributor::send_sgi(unsigned source, unsigned target, Intid intid) {
  if (target < vcpus()) cpus_[clamp_index_speculative(target, vcpus())].raise_sgi(intid, source);
}

// Source: Arm IHI 0048B, "Software Generated Interrupt Register, GICD_SGIR".
void Distributor::write_sgir(unsigned vcpu, u32 value) {
  Intid intid{static_cast<u32>(Bits<3, 0>::get(value))};
  u64 list = Bits<23, 16>::get(value);
  u64 filter = Bits<25, 24>::get(value);
  if (filter == 1) list = ~bit(vcpu);
  else if (filter == 2) list = bit(vcpu);
  else if (filter == 3) return;
  for (unsigned target = 0; target < vcpus() && target < most_vcpus_v2; ++target)
    if (list & bit(target)) send_sgi(vcpu, target, intid);
}

// Source: Arm IHI 0069, "ICC_SGI1R_EL1, Interrupt Controller Software Generated Interrupt Group 1 Register".
void Distributor::write_sgi1r(unsigned vcpu, u64 value) {
  if (version() != Version::v3) return;
  Intid intid{static_cast<u32>(Bits<27, 24>::get(value))};
  if (Bits<40>::get(value)) {  // all but itself
    for (unsigned target = 0; target < vcpus(); ++target)
      if (target != vcpu) send_sgi(vcpu, target, intid);
    return;
  }
  if (Bits<47, 44>::get(value) != 0) return;  // ranges of CPUs beyond the sixteenth of a cluster: there are none
  u64 cluster = Bits<55, 48>::get(value) << 32 | Bits<39, 32>::get(value) << 16 | Bits<23, 16>::get(value) << 8;
  std::optional<unsigned> first = vcpu_of_affinity(cluster);
  if (!first) return;
  for (unsigned i = 0; i < 16; ++i)
    if (value & bit(i)) send_sgi(vcpu, *first + i, intid);
}

}  // namespace xenolith::vgic
