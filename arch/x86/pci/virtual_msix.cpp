// SPDX-License-Identifier: MIT
#include "arch/x86/pci/virtual_msix.hpp"

#include "arch/x86/pci/capability.hpp"

namespace xenolith::pci {
namespace {
u32 table_register(ConfigAccess& config, Sbdf function, u16 capability) {
  return config.read(function, static_cast<u16>(capability + msix::table), 4);
}
}  // namespace

Result<Own<VirtualMsix>> VirtualMsix::create(PciContext& context, PciDevice& device, Sbdf function, u16 capability, Layout layout) {
  unsigned bar = static_cast<unsigned>(msix::BarIndex::get(table_register(context.config, function, capability)));
  if (!is_memory_bar(context.config, function, bar, layout)) return Failure{XEN_ENODEV};
  u32 control = context.config.read(function, static_cast<u16>(capability + msix::control), 2);
  auto entries = TRY(HeapArray<MsixEntry>::create(msix::LastEntry::get(control) + 1));
  for (MsixEntry& entry : entries) entry.attach(context);
  return make<VirtualMsix>(context, device, function, capability, std::move(entries));
}

VirtualMsix::VirtualMsix(PciContext& context, PciDevice& device, Sbdf function, u16 capability, HeapArray<MsixEntry> entries)
    : context_{context}, function_{function}, capability_{capability}, region_{device}, entries_{std::move(entries)} {
  u32 table = table_register(context.config, function, capability);
  bar_ = static_cast<unsigned>(msix::BarIndex::get(table));
  bar_register_ = static_cast<u16>(first_bar_register + 4 * bar_);
  table_offset_ = table & msix::offset_mask;
  region_.size = entries_.size() * msix::entry_size;
  set_hardware_control(0);
}

VirtualMsix::~VirtualMsix() {
  disable();
  vanish();
}

u16 VirtualMsix::hardware_control() const {
  return static_cast<u16>(context_.config.read(function_, static_cast<u16>(capability_ + msix::control), 2));
}

void VirtualMsix::set_hardware_control(u16 value) {
  context_.config.write(function_, static_cast<u16>(capability_ + msix::control), 2, value);
}

u32 VirtualMsix::read(u16 dword) const {
  u32 value = context_.config.read(function_, dword, 4);
  if (dword != capability_ || !enabled_ || function_mask_) return value;
  // a mask that is the hypervisor's, for lack of a place of the table, is not shown
  return region_.is_linked() ? value : value & ~(u32{msix::function_mask} << 16);
}

void VirtualMsix::write(u16 dword, u32 lanes, u32 value) {
  if (dword != capability_ || !(lanes >> 16)) return;  // the rest of the capability is read only
  u32 now = read(dword);
  write_control(static_cast<u16>(((now & ~lanes) | (value & lanes)) >> 16));
}

// Without a place the device's entries cannot be kept in step: they stay masked together.
u16 VirtualMsix::effective_control() const {
  bool masked = function_mask_ || (enabled_ && !region_.is_linked());
  return static_cast<u16>((enabled_ ? msix::enable : 0) | (masked ? msix::function_mask : 0));
}

void VirtualMsix::write_control(u16 value) {
  function_mask_ = value & msix::function_mask;
  if (!(value & msix::enable)) {
    disable();
    set_hardware_control(effective_control());
    return;
  }
  if (!enabled_ || !(hardware_control() & msix::enable)) {
    enabled_ = true;
    set_hardware_control(msix::enable | msix::function_mask);
    restore();
  }
  set_hardware_control(effective_control());
}

void VirtualMsix::disable() {
  if (!enabled_) return;
  enabled_ = false;
  set_hardware_control(effective_control());
  hardware_control();  // what the device sent before has arrived when this returns
  for (MsixEntry& entry : entries_) entry.release();
}

void VirtualMsix::update(MsixEntry& entry) {
  if (enabled_ && region_.is_linked() && !entry.is_masked() && !entry.is_active()) {
    Result<void> active = entry.activate();
    if (active.failed())
      log_warning("{:04x}:{:02x}:{:02x}.{}: no vector for MSI-X entry {}: error {}", function_.segment(), function_.bus(),
                  function_.device(), function_.function(), static_cast<u64>(&entry - entries_.begin()), active.error());
  }
  entry.apply_mask();
}

void VirtualMsix::restore() {
  if (!region_.is_linked()) return;
  for (MsixEntry& entry : entries_) {
    entry.restore();
    update(entry);
  }
}

void VirtualMsix::place_entries() {
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (region_.is_linked()) entries_[i].place(region_.first + i * msix::entry_size);
    else entries_[i].place(std::nullopt);
  }
}

Result<void> VirtualMsix::appear() {
  vanish();
  MachineAddress base = bar_address(context_.config, function_, bar_);
  if (base.raw() == 0 || base.raw() >= bit(52)) return {};
  region_.first = base + table_offset_;
  if (!context_.guest.is_device_memory(region_.first, region_.size)) return {};
  return context_.tables.add(region_);
}

void VirtualMsix::appeared() {
  place_entries();
  if (!enabled_) return;
  restore();
  if (hardware_control() & msix::enable) set_hardware_control(effective_control());
}

void VirtualMsix::vanish() {
  if (!region_.is_linked()) return;
  context_.tables.remove(region_);
  place_entries();
}

u64 VirtualMsix::read_table(MachineAddress address, unsigned size) const {
  u64 offset = address - region_.first;
  if ((size != 4 && size != 8) || offset % size != 0) return 0;
  auto field = [&](u64 at) { return u64{entries_[at / 16].read(msix::Field{static_cast<u8>(at % 16 / 4)})}; };
  return size == 4 ? field(offset) : field(offset) | field(offset + 4) << 32;
}

void VirtualMsix::write_table(MachineAddress address, unsigned size, u64 value) {
  u64 offset = address - region_.first;
  if ((size != 4 && size != 8) || offset % size != 0) return;
  for (u64 at = offset; at < offset + size; at += 4, value >>= 32) {
    MsixEntry& entry = entries_[at / 16];
    msix::Field field{static_cast<u8>(at % 16 / 4)};
    entry.write(field, static_cast<u32>(value));
    if (field == msix::Field::control) update(entry);
  }
}

}  // namespace xenolith::pci
