// SPDX-License-Identifier: MIT
#include "arch/x86/pci/host_config.hpp"

#include "arch/x86/pci/registers.hpp"

namespace xenolith::pci {
namespace {
constexpr u16 address_port = 0xcf8;
constexpr u16 data_port = 0xcfc;
constexpr u64 address_limit = bit(52);

u32 port_address(Sbdf function, u16 offset) {
  return static_cast<u32>(bit(31) | u64{function.bus()} << 16 | u64{function.devfn()} << 8 | dword_of(offset));
}
u32 all_ones(unsigned size) { return lanes(0, size); }

bool overlap(const EcamRegion& a, const EcamRegion& b) {
  bool buses = a.segment == b.segment && a.first_bus <= b.last_bus && b.first_bus <= a.last_bus;
  bool memory = a.first() < b.first() + b.size() && b.first() < a.first() + a.size();
  return buses || memory;
}
}  // namespace

Result<void> HostConfig::check_region(const EcamRegion& region) const {
  if (region.first_bus > region.last_bus || !is_aligned<u64>(region.bus_0.raw(), u64{1} << 20) || region.bus_0.raw() == 0 ||
      region.bus_0.raw() >= address_limit)
    return Failure{XEN_EINVAL};
  unsigned count = regions();
  for (unsigned i = 0; i < count; ++i)
    if (overlap(regions_[i], region)) return Failure{XEN_EEXIST};
  if (count == most_regions) return Failure{XEN_ENOSPC};
  return {};
}

Result<void> HostConfig::add_region(const EcamRegion& region) {
  if (knows(region)) return {};
  TRY(check_region(region));
  unsigned count = regions();
  regions_[count] = region;
  count_.store(count + 1, std::memory_order_release);  // pairs with the acquire in regions()
  return {};
}

bool HostConfig::knows(const EcamRegion& region) const {
  for (unsigned i = 0; i < regions(); ++i)
    if (regions_[i] == region) return true;
  return false;
}

std::optional<HostConfig::Place> HostConfig::decode(MachineAddress address) const {
  for (unsigned i = 0; i < regions(); ++i) {
    const EcamRegion& region = regions_[i];
    if (address < region.first() || address - region.first() >= region.size()) continue;
    u64 distance = address - region.bus_0;
    Sbdf function{region.segment, static_cast<u8>(Bits<27, 20>::get(distance)), static_cast<u8>(Bits<19, 12>::get(distance))};
    return Place{function, static_cast<u16>(Bits<11, 0>::get(distance))};
  }
  return std::nullopt;
}

std::optional<MachineAddress> HostConfig::ecam_address(Sbdf function, u16 offset) const {
  for (unsigned i = 0; i < regions(); ++i) {
    const EcamRegion& region = regions_[i];
    if (region.segment != function.segment() || function.bus() < region.first_bus || function.bus() > region.last_bus) continue;
    return region.bus_0 + (u64{function.bus()} << 20 | u64{function.devfn()} << 12 | offset);
  }
  return std::nullopt;
}

bool HostConfig::legacy_reaches(Sbdf function, u16 offset) { return function.segment() == 0 && offset < conventional_space; }

u32 HostConfig::read(Sbdf function, u16 offset, unsigned size) {
  if (auto address = ecam_address(function, offset)) return static_cast<u32>(memory_.read(*address, size));
  if (!legacy_reaches(function, offset)) return all_ones(size);
  return ports_.with([&](irq::PortIo& ports) {
    ports.write(address_port, 4, port_address(function, offset));
    return ports.read(static_cast<u16>(data_port + offset % 4), size);
  });
}

void HostConfig::write(Sbdf function, u16 offset, unsigned size, u32 value) {
  if (auto address = ecam_address(function, offset)) {
    memory_.write(*address, size, value);
    return;
  }
  if (!legacy_reaches(function, offset)) return;
  ports_.with([&](irq::PortIo& ports) {
    ports.write(address_port, 4, port_address(function, offset));
    ports.write(static_cast<u16>(data_port + offset % 4), size, value);
  });
}

}  // namespace xenolith::pci
