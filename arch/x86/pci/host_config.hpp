// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <optional>

#include "arch/x86/irq/port_io.hpp"
#include "arch/x86/pci/config_access.hpp"
#include "core/base/lock.hpp"
#include "core/base/result.hpp"

namespace xenolith::pci {

// A memory-mapped piece of configuration space: 1 MiB for each bus, 4 KiB for each function.
// Source: PCI Firmware Specification, "MCFG Table Description".
struct EcamRegion {
  MachineAddress bus_0;  // where bus 0 of the segment is, or would be
  u16 segment;
  u8 first_bus, last_bus;

  MachineAddress first() const { return bus_0 + (u64{first_bus} << 20); }
  u64 size() const { return (u64{last_bus} - first_bus + 1) << 20; }
  bool operator==(const EcamRegion&) const = default;
};

// The machine's configuration space: through ECAM where a region covers the bus, else through the ports 0xcf8 and
// 0xcfc, which reach the first 256 bytes of segment 0.
class HostConfig final : public ConfigAccess {
 public:
  static constexpr unsigned most_regions = 64;
  struct Place {
    Sbdf function;
    u16 offset;
  };

  HostConfig(irq::PortIo& ports, DeviceMemory& memory) : ports_{ports}, memory_{memory} {}

  // One caller at a time. A region that is known already is accepted. Fails with EINVAL for one that is misaligned,
  // empty or wraps around, EEXIST when it contradicts a known one, ENOSPC.
  Result<void> add_region(const EcamRegion& region);
  // How add_region() would fail for a region that is not known.
  Result<void> check_region(const EcamRegion& region) const;
  bool knows(const EcamRegion& region) const;
  unsigned regions() const { return count_.load(std::memory_order_acquire); }  // pairs with add_region()
  const EcamRegion& region(unsigned index) const { return regions_[index]; }   // index < regions()
  // What an address inside a region names.
  std::optional<Place> decode(MachineAddress address) const;

  u32 read(Sbdf function, u16 offset, unsigned size) override;
  void write(Sbdf function, u16 offset, unsigned size, u32 value) override;

 private:
  std::optional<MachineAddress> ecam_address(Sbdf function, u16 offset) const;
  static bool legacy_reaches(Sbdf function, u16 offset);

  Locked<irq::PortIo&, LockRank::pci_config, IrqSafety::interrupt> ports_;
  DeviceMemory& memory_;
  std::array<EcamRegion, most_regions> regions_{};
  std::atomic<unsigned> count_{0};
};

}  // namespace xenolith::pci
