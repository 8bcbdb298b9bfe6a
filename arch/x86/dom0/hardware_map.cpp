// SPDX-License-Identifier: MIT
#include "arch/x86/dom0/hardware_map.hpp"

#include <arch/domain_state.hpp>

#include <algorithm>
#include <array>
#include <new>

#include "arch/x86/hvm/hardware_map.hpp"
#include "arch/x86/hvm/io_permissions.hpp"
#include "arch/x86/hvm/port_table.hpp"
#include "arch/x86/irq/hardware_port_io.hpp"
#include "arch/x86/machine/host.hpp"
#include "arch/x86/machine/interrupts.hpp"
#include "arch/x86/machine/late.hpp"
#include "arch/x86/pci/config_ports.hpp"
#include "arch/x86/pci/mapped_device_memory.hpp"
#include "arch/x86/pci/virtual_pci.hpp"
#include "arch/x86/serial/serial_console.hpp"
#include "arch/x86/vapic/msi.hpp"
#include "core/acpi/devices.hpp"
#include "core/acpi/madt.hpp"
#include "core/base/bits.hpp"
#include "core/base/lock.hpp"
#include "core/base/log.hpp"
#include "core/domain/domain.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith::dom0 {
namespace {

struct TrappedRange {
  Gfn first;
  u64 count;
  bool overlaps(Gfn other, u64 other_count) const { return first < other + other_count && other < first + count; }
};

// The frames that are emulated, so never mapped. Few: APICs, configuration space, MSI-X tables.
struct Trapped {
  std::array<TrappedRange, 512> ranges{};
  unsigned count = 0;

  bool overlaps(Gfn first, u64 frames) const {
    return std::any_of(ranges.begin(), ranges.begin() + count, [&](const TrappedRange& r) { return r.overlaps(first, frames); });
  }
  Result<void> add(TrappedRange range) {
    if (count == ranges.size()) return Failure{XEN_ENOSPC};
    ranges[count++] = range;
    return {};
  }
  void remove(Gfn first, u64 frames) {
    auto end = std::remove_if(ranges.begin(), ranges.begin() + count,
                              [&](const TrappedRange& r) { return r.first == first && r.count == frames; });
    count = static_cast<unsigned>(end - ranges.begin());
  }
};
constinit Locked<Trapped, LockRank::hardware_map> trapped;

class PciPort final : public pci::PciGuestPort {
 public:
  explicit PciPort(Domain& domain) : domain_{domain} {}

  void deliver_msi(u64 address, u32 data) override {
    static_cast<void>(vapic::deliver_msi(domain_.arch().apic_bus(), address, data).failed());  // a guest's wrong message is lost
  }
  CpuSet preferred_cpus(u64 address, u32 data) override {
    Result<vapic::InterruptMessage> message = vapic::decode_msi(address, data);
    if (!message || message->destination.logical) return {};
    Vcpu* vcpu = domain_.vcpu(VcpuId{message->destination.id >> arch::apic_id_shift});
    return vcpu ? CpuSet::of(vcpu->run().cpu()) : CpuSet{};
  }
  Result<void> trap_pages(Gfn first, u64 count) override {
    return trapped.with([&](Trapped& t) -> Result<void> {
      TRY(t.add({first, count}));
      for (Gfn gfn = first; gfn < first + count;) {
        P2mEntry there = domain_.p2m().lookup(gfn);
        u64 hole = u64{1} << there.order;
        bool is_hole = there.type == P2mType::none;
        if (!is_hole) TRY(domain_.p2m().clear(gfn, 0)).settle();
        gfn += is_hole ? hole - gfn.raw() % hole : 1;
      }
      return {};
    });
  }
  void untrap_pages(Gfn first, u64 count) override {
    trapped.with([&](Trapped& t) { t.remove(first, count); });  // mapped again on demand
  }
  bool is_device_memory(MachineAddress first, u64 size) override {
    u64 frames = frames_for(offset_in_page(first) + size);
    return !machine::has_ram(frame_of(first), frames);
  }

 private:
  Domain& domain_;
};

constinit irq::HardwarePortIo ports;
constinit pci::MappedDeviceMemory device_memory;
constinit machine::Late<PciPort> pci_port;
constinit machine::Late<pci::HostConfig> host_config;
constinit machine::Late<pci::VirtualPci> virtual_pci;
constinit machine::Late<pci::ConfigPorts> config_ports;

Result<void> trap_apics(Domain& domain, const Madt& madt) {
  TRY(pci_port.get().trap_pages(frame_of(vapic::LocalApic::mmio_base), 1));
  Result<void> result;
  madt.for_each([&](const MadtEntry& entry) {
    if (entry.type() != MadtType::io_apic || result.failed()) return;
    GuestPhysical address{entry.io_apic_address().raw()};
    if (domain.arch().io_apics().find(address)) result = pci_port.get().trap_pages(frame_of(address), 1);
  });
  return result;
}

Result<void> find_config_regions() {
  std::optional<AcpiTable> mcfg = machine::acpi()->find("MCFG");
  if (!mcfg) return {};
  for_each_mcfg(*mcfg, [&](const McfgEntry& entry) {
    pci::EcamRegion region{entry.base, entry.segment, entry.first_bus, entry.last_bus};
    if (host_config.get().add_region(region).failed())
      return log_warning("PCI: configuration space at {:#x} cannot be used", entry.base);
    if (pci_port.get().trap_pages(Gfn{region.first().raw() >> page_shift}, frames_for(region.size())).failed())
      log_warning("PCI: configuration space at {:#x} cannot be trapped", entry.base);
  });
  return {};
}

// Ports that stay with the hypervisor: interrupt controllers, interval timer, PCI configuration.
struct PortRange {
  u16 first;
  u32 count;
};
constexpr unsigned most_serial_lines = 2;
constexpr PortRange kept_ports[] = {{0x20, 2}, {0x40, 4}, {0xa0, 2}, {0x4d0, 2}, {0xcf8, 8}};

Result<void> open_ports(Domain& domain) {
  TRY(hvm::own_io_bitmap(domain));
  hvm::set_port_intercept(domain, 0, 0x10000, false);
  for (PortRange range : kept_ports) hvm::set_port_intercept(domain, range.first, range.count, true);
  for (unsigned line = 0; line < most_serial_lines; ++line)
    if (std::optional<serial::Claim> claim = serial::claim(line))
      hvm::set_port_intercept(domain, claim->first_port, claim->end_port - claim->first_port, true);
  return {};
}

}  // namespace

Result<void> prepare_hardware(Domain& domain, const Madt& madt) {
  pci_port.build(domain);
  host_config.build(ports, device_memory);
  TRY(open_ports(domain));
  TRY(trap_apics(domain, madt));
  TRY(find_config_regions());
  virtual_pci.build(host_config.get(), device_memory, machine::host_interrupts(), pci_port.get());
  config_ports.build(virtual_pci.get());
  TRY(virtual_pci.get().enumerate());
  log_info("PCI: {} functions", virtual_pci.get().count());
  return {};
}

Result<void> hide_serial_ports(Domain& domain) {
  for (unsigned line = 0; line < most_serial_lines; ++line)
    if (std::optional<serial::Claim> claim = serial::claim(line))
      TRY(hvm::hide_ports(domain, claim->first_port, static_cast<u16>(claim->end_port - 1)));
  return {};
}

}  // namespace xenolith::dom0

namespace xenolith::hvm {

pci::VirtualPci* hardware_pci() { return dom0::virtual_pci ? &dom0::virtual_pci.get() : nullptr; }
pci::ConfigPorts* hardware_config_ports() { return dom0::config_ports ? &dom0::config_ports.get() : nullptr; }

bool map_hardware_page(Domain& domain, Gfn gfn) {
  constexpr u64 large = 512;
  return dom0::trapped.with([&](dom0::Trapped& t) {
    Gfn first{align_down(gfn.raw(), large)};
    bool whole = !t.overlaps(first, large) && !machine::has_ram(identity_mfn(first), large) &&
                 domain.p2m().lookup(gfn).order >= 9;
    if (!whole && (t.overlaps(gfn, 1) || machine::has_ram(identity_mfn(gfn), 1))) return false;
    Gfn at = whole ? first : gfn;
    Result<FlushDebt> debt = domain.p2m().set(at, identity_mfn(at), whole ? 9 : 0, P2mType::mmio_direct);
    if (debt.failed()) return false;
    debt->settle();
    return true;
  });
}

}  // namespace xenolith::hvm
