// SPDX-License-Identifier: MIT
// A machine with a fake PCI bus and a hardware domain on it, for unit tests.
#pragma once

#include "arch/x86/pci/config_ports.hpp"
#include "arch/x86/pci/fake_pci.hpp"
#include "arch/x86/pci/virtual_pci.hpp"

namespace xenolith::pci::fake {

struct TestBed {
  explicit TestBed(bool with_ecam = false) {
    if (with_ecam && config.add_region({MachineAddress{Bus::ecam}, 0, 0, 15}).failed()) std::abort();
  }
  void start() {
    pci = std::make_unique<VirtualPci>(config, bus, machine->host, guest);
    ports = std::make_unique<ConfigPorts>(*pci);
  }

  // The domain's view.
  u32 read(Sbdf at, u16 offset, unsigned size) { return pci->read(at, offset, size); }
  void write(Sbdf at, u16 offset, unsigned size, u32 value) { pci->write(at, offset, size, value); }
  u64 load(u64 address, unsigned size = 4) {
    u64 value = 0;
    if (!guest.is_trapped(address)) return bus.read(MachineAddress{address}, size);
    return pci->memory_access(GuestPhysical{address}, size, false, value) ? value : 0;
  }
  void store(u64 address, u64 value, unsigned size = 4) {
    if (!guest.is_trapped(address)) bus.write(MachineAddress{address}, size, value);
    else pci->memory_access(GuestPhysical{address}, size, true, value);
  }
  void run() {
    for (auto& [at, function] : bus.functions) function.send_pending(*machine);
    machine->run();
  }
  unsigned vectors_in_use() {
    machine->reap();
    return machine->vectors_in_use();
  }
  // A message that the hypervisor chose: its vector has an owner.
  bool is_host_message(const irq::MsiMessage& message) {
    if ((message.address & ~u64{0xff000}) != 0xfee00000 || message.data > 0xff) return false;
    return machine->host.tables().find(CpuId{static_cast<u32>(message.address >> 12) & 0xff},
                                       Vector{static_cast<u8>(message.data)}) != nullptr;
  }

  std::unique_ptr<Machine> machine = std::make_unique<Machine>(4);
  Bus bus;
  Guest guest;
  HostConfig config{bus, bus};
  std::unique_ptr<VirtualPci> pci;
  std::unique_ptr<ConfigPorts> ports;
};

}  // namespace xenolith::pci::fake
