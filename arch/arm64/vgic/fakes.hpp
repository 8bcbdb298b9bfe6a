// SPDX-License-Identifier: MIT
// For tests: the surroundings of a virtual interrupt controller, and a domain of several vCPUs.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "arch/arm64/gic/fakes.hpp"
#include "arch/arm64/vgic/distributor.hpp"

namespace xenolith::vgic {

class FakePort final : public Port {
 public:
  explicit FakePort(unsigned vcpus) : wakes(vcpus) {}

  void wake(unsigned vcpu) override { wakes.at(vcpu).fetch_add(1); }
  void set_hardware(Intid intid, const HardwareSetting& setting) override {
    settings.push_back({intid.raw(), setting});
  }
  void set_hardware_pending(Intid intid, bool pending) override { pends.push_back({intid.raw(), pending}); }
  void deactivate_hardware(Intid intid) override { deactivated.push_back(intid.raw()); }

  void guest_has_ended(Intid intid) override { ended.push_back(intid.raw()); }
  u64 read_redistributor(unsigned vcpu, u32 offset) override { return machine[{vcpu, offset}]; }
  void write_redistributor(unsigned vcpu, u32 offset, u64 value) override { machine[{vcpu, offset}] = value; }

  struct Setting {
    u32 intid;
    HardwareSetting setting;
  };
  std::vector<std::atomic<unsigned>> wakes;
  std::vector<Setting> settings;
  std::vector<std::pair<u32, bool>> pends;
  std::vector<u32> deactivated, ended;
  std::map<std::pair<unsigned, u32>, u64> machine;  // registers of redistributors
};

// Everything is switched on: distributor, masks, all interrupts with priority 0xa0.
struct FakeDomain {
  explicit FakeDomain(Version version, unsigned vcpus = 2, unsigned list_registers = 4, unsigned spis = 64, bool lpis = false)
      : port{vcpus} {
    Result<Own<Distributor>> made = Distributor::create({.version = version, .vcpus = vcpus, .spis = spis, .lpis = lpis}, port);
    distributor = made.take();
    distributor->write_distributor(0, 0, 4, 3);
    for (unsigned n = 0; n < vcpus; ++n) {
      hardware.push_back(std::make_unique<gic::FakeVirtualInterface>(list_registers));
      cpu(n).state().control = version == Version::v2 ? 0xf800'0003 : 0xf000'0003;
      cpu(n).load(*hardware[n]);
      for (u32 i = 0; i < 32; ++i) {
        cpu(n).irq(Intid{i}).set_priority(0xa0);
        cpu(n).irq(Intid{i}).set(IrqWord::enabled);
      }
    }
    for (u32 i = 32; i < distributor->interrupts(); ++i) {
      distributor->spi(i).set_priority(0xa0);
      distributor->spi(i).set(IrqWord::enabled);
    }
  }
  VcpuInterface& cpu(unsigned n) { return distributor->cpu(n); }
  gic::FakeVirtualInterface& guest(unsigned n) { return *hardware[n]; }
  void enter(unsigned n) { cpu(n).before_entry(); }
  // An exit, and a look at what the guest did; or an exit only.
  void leave(unsigned n) {
    leave_quietly(n);
    cpu(n).collect();
  }
  void leave_quietly(unsigned n) {
    guest(n).told = false;
    cpu(n).after_exit();
  }
  // The vCPU enters, takes and ends one interrupt, and leaves, at every second time quietly: its number.
  u32 serve(unsigned n) {
    enter(n);
    u32 intid = guest(n).take();
    if (intid != 1023) guest(n).end(intid);
    is_quiet_ = !is_quiet_;
    if (is_quiet_) leave_quietly(n);
    else leave(n);
    return intid;
  }
  unsigned wakes(unsigned n) { return port.wakes[n].load(); }

  FakePort port;
  Own<Distributor> distributor;
  std::vector<std::unique_ptr<gic::FakeVirtualInterface>> hardware;

 private:
  bool is_quiet_ = false;
};

}  // namespace xenolith::vgic
