// SPDX-License-Identifier: MIT
#include "arch/x86/pci/virtual_pci.hpp"

#include <algorithm>

#include "arch/x86/pci/capability.hpp"

namespace xenolith::pci {

VirtualPci::VirtualPci(HostConfig& config, DeviceMemory& memory, irq::HostInterrupts& interrupts, PciGuestPort& guest)
    : config_{config}, tables_{guest}, context_{config, memory, interrupts, guest, tables_} {}

VirtualPci::~VirtualPci() {
  devices_.with([](Devices& devices) {
    devices.clear_and_dispose([](PciDevice* device) { Ref<PciDevice>::adopt(device); });
  });
}

size_t VirtualPci::count() const {
  return devices_.with([](const Devices& devices) { return devices.size(); });
}

Ref<PciDevice> VirtualPci::find(Sbdf function) {
  return devices_.with([&](Devices& devices) -> Ref<PciDevice> {
    auto found = devices.find(function);
    return found == devices.end() ? nullptr : Ref<PciDevice>{*found};
  });
}

// The set's reference is released by take() and the destructor.
Result<Ref<PciDevice>> VirtualPci::find_or_discover(Sbdf function, bool hidden) {
  return devices_.with([&](Devices& devices) -> Result<Ref<PciDevice>> {
    auto found = devices.find(function);
    if (found != devices.end()) return Ref<PciDevice>{*found};
    Ref<PciDevice> device = TRY(PciDevice::create(context_, function, hidden));
    device->ref();
    devices.insert(*device);
    return device;
  });
}

Ref<PciDevice> VirtualPci::take(Sbdf function) {
  return devices_.with([&](Devices& devices) -> Ref<PciDevice> {
    auto found = devices.find(function);
    if (found == devices.end() || found->is_hidden()) return nullptr;
    PciDevice& device = *found;
    devices.erase(found);
    return Ref<PciDevice>::adopt(&device);
  });
}

Result<void> VirtualPci::hide(Sbdf function) {
  return TRY(find_or_discover(function, true))->is_hidden() ? Result<void>{} : Failure{XEN_EBUSY};
}

Result<void> VirtualPci::add(Sbdf function) {
  return TRY(find_or_discover(function))->is_hidden() ? Failure{XEN_ENODEV} : Result<void>{};
}

Result<void> VirtualPci::remove(Sbdf function) {
  Ref<PciDevice> device = take(function);
  if (!device) return Failure{XEN_ENODEV};
  device->retire();
  return {};
}

Result<void> VirtualPci::add_region(const EcamRegion& region) {
  return devices_.with([&](Devices&) -> Result<void> {  // one at a time
    if (config_.knows(region)) return {};
    TRY(config_.check_region(region));
    if (!context_.guest.is_device_memory(region.first(), region.size())) return Failure{XEN_EINVAL};
    TRY(context_.guest.trap_pages(Gfn{region.first().raw() >> page_shift}, region.size() >> page_shift));
    return config_.add_region(region);
  });
}

Result<void> VirtualPci::enumerate() {
  TRY(enumerate_segment(0, 0));
  for (unsigned i = 0; i < config_.regions(); ++i) {
    const EcamRegion& region = config_.region(i);
    if (region.segment != 0 || region.first_bus != 0) TRY(enumerate_segment(region.segment, region.first_bus));
  }
  return {};
}

Result<void> VirtualPci::enumerate_segment(u16 segment, u8 first_bus) {
  std::array<bool, 256> wanted{}, done{};
  wanted[first_bus] = true;
  for (unsigned bus = first_bus; bus < wanted.size();) {
    done[bus] = true;
    for (u8 device = 0; device < 32; ++device) TRY(enumerate_device(segment, static_cast<u8>(bus), device, wanted));
    for (bus = 0; bus < wanted.size() && (!wanted[bus] || done[bus]);) ++bus;
  }
  return {};
}

Result<void> VirtualPci::enumerate_device(u16 segment, u8 bus, u8 device, std::array<bool, 256>& wanted) {
  unsigned functions = 1;
  for (unsigned n = 0; n < functions; ++n) {
    Sbdf function{segment, bus, static_cast<u8>(device << 3 | n)};
    if (!is_present(config_, function)) continue;
    if (n == 0 && (config_.read(function, header_type_register, 1) & multi_function)) functions = 8;
    Result<Ref<PciDevice>> found = find_or_discover(function);
    if (found.failed()) {
      if (found.error() == XEN_ENODEV) continue;  // it went away
      return Failure{found.error()};
    }
    if (layout_of(config_, function) == Layout::device) continue;
    u32 buses = config_.read(function, bus_numbers_register, 4);
    u8 secondary = static_cast<u8>(buses >> 8);
    if (secondary > bus) wanted[secondary] = true;
  }
  return {};
}

u32 VirtualPci::read(Sbdf function, u16 offset, unsigned size) {
  if (!is_valid_access(offset, size)) return ~u32{0};
  Ref<PciDevice> device = find(function);
  return device ? device->read(offset, size) : config_.read(function, offset, size);
}

void VirtualPci::write(Sbdf function, u16 offset, unsigned size, u32 value) {
  if (!is_valid_access(offset, size)) return;
  Result<Ref<PciDevice>> device = find_or_discover(function);
  if (device.failed()) {
    if (device.error() != XEN_ENODEV)
      log_warning("{:04x}:{:02x}:{:02x}.{}: write to configuration space dropped: error {}", function.segment(), function.bus(),
                  function.device(), function.function(), device.error());
    return;
  }
  if ((*device)->is_bridge() && dword_of(offset) == bus_numbers_register) before_bus_change(**device, offset, size, value);
  (*device)->write(offset, size, value);
}

// What was known of functions behind the bridge is known of other functions' names afterwards: they are forgotten, with
// their interrupts off, and found anew.
void VirtualPci::before_bus_change(PciDevice& bridge, u16 offset, unsigned size, u32 value) {
  constexpr u32 secondary_and_subordinate = 0x00ffff00;
  u32 old = config_.read(bridge.function(), bus_numbers_register, 4);
  u32 touched = lanes(offset, size);
  u32 now = (old & ~touched) | ((value << (8 * (offset & 3))) & touched);
  if (((old ^ now) & secondary_and_subordinate) == 0) return;
  for (u32 buses : {old, now}) forget_behind(bridge, static_cast<u8>(buses >> 8), static_cast<u8>(buses >> 16));
}

void VirtualPci::forget_behind(PciDevice& bridge, u8 first_bus, u8 last_bus) {
  u16 segment = bridge.function().segment();
  unsigned first = std::max<unsigned>(first_bus, bridge.function().bus() + 1u);
  if (first > 0xff || first > last_bus) return;
  Sbdf last{segment, last_bus, 0xff};
  Sbdf at{segment, static_cast<u8>(first), 0};
  while (true) {
    Ref<PciDevice> device = devices_.with([&](Devices& devices) -> Ref<PciDevice> {
      auto found = devices.lower_bound(at);
      while (found != devices.end() && found->is_hidden()) ++found;
      if (found == devices.end() || found->function() > last) return nullptr;
      PciDevice& taken = *found;
      devices.erase(found);
      return Ref<PciDevice>::adopt(&taken);
    });
    if (!device) return;
    device->retire();
  }
}

void VirtualPci::ecam_access(const HostConfig::Place& place, unsigned size, bool is_write, u64& value) {
  unsigned step = std::min(size, 4u);
  u64 result = 0;
  for (unsigned done = 0; done < size; done += step) {
    u16 offset = static_cast<u16>(place.offset + done);
    if (is_write) write(place.function, offset, step, static_cast<u32>(value >> (8 * done)));
    else result |= u64{read(place.function, offset, step)} << (8 * done);
  }
  if (!is_write) value = result;
}

bool VirtualPci::memory_access(GuestPhysical address, unsigned size, bool is_write, u64& value) {
  if ((size != 1 && size != 2 && size != 4 && size != 8) || address.raw() % size != 0) return false;
  MachineAddress machine{address.raw()};  // the domain's physical map is the identity
  if (auto place = config_.decode(machine)) {
    ecam_access(*place, size, is_write, value);
    return true;
  }
  if (Ref<PciDevice> device = tables_.find(machine))
    if (device->access_table(machine, size, is_write, value)) return true;
  if (!context_.guest.is_device_memory(machine, size)) return false;
  if (is_write) context_.memory.write(machine, size, value);
  else value = context_.memory.read(machine, size);
  return true;
}

}  // namespace xenolith::pci
