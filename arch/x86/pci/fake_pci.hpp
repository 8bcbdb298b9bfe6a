// SPDX-License-Identifier: MIT
// A model of a PCI bus for unit tests: functions with MSI and MSI-X capabilities that raise interrupts as programmed.
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "arch/x86/irq/fake_hardware.hpp"
#include "arch/x86/pci/host_config.hpp"
#include "arch/x86/pci/pci_guest_port.hpp"
#include "arch/x86/pci/registers.hpp"

namespace xenolith::pci::fake {

using Machine = irq::fake::Machine;

// One function. Configuration bytes change only where `writable` says so.
class Function {
 public:
  static constexpr u16 msi_at = 0x50, msix_at = 0x70;
  static constexpr u64 table_offset = 0x2000, pba_offset = 0x3000, bar_size = 0x4000;

  Function() {
    put(vendor_register, 0x12345678, 0);
    put(command_register, 0, 0x0547);
  }
  void put(u16 at, u32 value, u32 mask) {
    std::memcpy(&bytes[at], &value, 4);
    std::memcpy(&writable[at], &mask, 4);
  }
  u32 get(u16 at, unsigned size = 4) const {
    u32 value = 0;
    std::memcpy(&value, &bytes[at], size);
    return value;
  }
  void write(u16 at, unsigned size, u32 value) {
    for (unsigned i = 0; i < size; ++i) {
      u8 byte = static_cast<u8>(value >> (8 * i)), mask = writable[at + i];
      bytes[at + i] = static_cast<u8>((bytes[at + i] & ~mask) | (byte & mask));
    }
  }
  void chain(u16 at) {
    put(command_register, get(command_register) | u32{status::has_capabilities} << 16, 0x0547);
    bytes[at + 1] = bytes[capabilities_register];
    bytes[capabilities_register] = static_cast<u8>(at);
  }
  Function& with_msi(unsigned order = 3, u16 flags = msi::is_64_bit | msi::has_masks) {
    put(msi_at, msi_capability | u32{static_cast<u16>(flags | order << 1)} << 16, 0x00710000);
    for (u16 at = 4; at < 24; at += 4) put(static_cast<u16>(msi_at + at), 0, at == 20 ? 0 : ~u32{0});
    chain(msi_at);
    return *this;
  }
  Function& with_msix(unsigned count = 8, u64 address = 0xe0000000) {
    put(first_bar_register, static_cast<u32>(address) | 4, ~u32(bar_size - 1));
    put(first_bar_register + 4, static_cast<u32>(address >> 32), ~u32{0});
    put(msix_at, msix_capability | (count - 1) << 16, u32{msix::enable | msix::function_mask} << 16);
    put(msix_at + 4, table_offset, 0);
    put(msix_at + 8, pba_offset, 0);
    table.assign(count * 4, 0);
    for (unsigned i = 0; i < count; ++i) table[4 * i + 3] = 1;
    pending.assign(count, false);
    chain(msix_at);
    return *this;
  }
  // What a function-level reset or the way through D3 leaves.
  void reset() {
    write(command_register, 2, 0);
    if (!table.empty()) {
      write(msix_at + 2, 2, 0);
      for (size_t i = 0; i < table.size(); ++i) table[i] = i % 4 == 3;
    }
    if (get(msi_at, 1) == msi_capability)
      for (u16 at = 2; at < 20; at += 2) write(static_cast<u16>(msi_at + at), 2, 0);
  }

  bool decodes() const { return get(command_register, 2) & command::memory_decode; }
  u64 bar() const { return u64{get(first_bar_register + 4)} << 32 | (get(first_bar_register) & ~u32{0xf}); }
  bool msi_enabled() const { return get(msi_at + 2, 2) & msi::enable; }
  u16 msi_data_at() const { return msi_at + (get(msi_at + 2, 2) & msi::is_64_bit ? 12 : 8); }
  irq::MsiMessage msi_message() const {
    u64 high = get(msi_at + 2, 2) & msi::is_64_bit ? get(msi_at + 8) : 0;
    return {high << 32 | get(msi_at + 4), get(msi_data_at(), 2)};
  }
  bool msix_live(unsigned i) const {
    u32 control = get(msix_at + 2, 2);
    return (control & msix::enable) && !(control & msix::function_mask) && !(table[4 * i + 3] & 1);
  }
  irq::MsiMessage msix_message(unsigned i) const { return {u64{table[4 * i + 1]} << 32 | table[4 * i], table[4 * i + 2]}; }

  void raise_msi(Machine& machine, u32 index = 0) {
    if (!msi_enabled()) return;
    irq::MsiMessage message = msi_message();
    message.data |= index;
    machine.send(message);
  }
  void raise_msix(unsigned i) { pending[i] = true; }
  void send_pending(Machine& machine) {
    for (unsigned i = 0; i < pending.size(); ++i) {
      if (!pending[i] || !msix_live(i)) continue;
      pending[i] = false;
      machine.send(msix_message(i));
    }
  }

  std::array<u8, 4096> bytes{}, writable{};
  std::vector<u32> table;
  std::vector<bool> pending;
  std::map<u64, u64> other;  // registers beside the table
};

// The functions, reached through ports 0xcf8/0xcfc, ECAM at 0xb0000000 (buses 0 to 15), and their memory.
class Bus final : public irq::PortIo, public DeviceMemory {
 public:
  static constexpr u64 ecam = 0xb0000000;

  Function& operator[](Sbdf at) { return functions[at.raw()]; }
  u32 read(u16 port, unsigned size) override {
    Place place = at_port(port);
    return config(place.function, place.offset, size, false, 0);
  }
  void write(u16 port, unsigned size, u32 value) override {
    if (port == 0xcf8) address_ = value;
    else config(at_port(port).function, at_port(port).offset, size, true, value);
  }
  u64 read(MachineAddress address, unsigned size) override { return memory(address.raw(), size, false, 0); }
  void write(MachineAddress address, unsigned size, u64 value) override { memory(address.raw(), size, true, value); }

  std::map<u32, Function> functions;
  unsigned memory_writes = 0;

 private:
  struct Place {
    Sbdf function;
    u16 offset;
  };
  Place at_port(u16 port) const { return {Sbdf{(address_ >> 8) & 0xffff}, static_cast<u16>((address_ & 0xfc) + port % 4)}; }
  u32 config(Sbdf at, u16 offset, unsigned size, bool is_write, u32 value) {
    auto found = functions.find(at.raw());
    if (found == functions.end()) return ~u32{0} >> (32 - 8 * size);
    if (is_write) found->second.write(offset, size, value);
    return found->second.get(offset, size);
  }
  u64 memory(u64 address, unsigned size, bool is_write, u64 value) {
    memory_writes += is_write;
    if (address >= ecam && address < ecam + (16 << 20))
      return config(Sbdf{static_cast<u32>((address - ecam) >> 12)}, address & 0xfff, size, is_write, static_cast<u32>(value));
    for (auto& [at, f] : functions)
      if (f.decodes() && !f.table.empty() && address >= f.bar() && address < f.bar() + Function::bar_size)
        return device(f, address - f.bar(), size, is_write, value);
    return ~u64{0} >> (64 - 8 * size);
  }
  static u64 device(Function& f, u64 offset, unsigned size, bool is_write, u64 value) {
    u64 in_table = offset - Function::table_offset;
    if (offset >= Function::table_offset && in_table + size <= f.table.size() * 4) {
      u64 result = 0;
      for (unsigned i = 0; i < size / 4; ++i) {
        u32& word = f.table[in_table / 4 + i];
        if (is_write) word = static_cast<u32>(value >> (32 * i));
        result |= u64{word} << (32 * i);
      }
      return result;
    }
    if (is_write) f.other[offset] = value;
    return f.other.contains(offset) ? f.other[offset] : 0;
  }

  u32 address_ = 0;
};

// The hardware domain: what it received and which pages are trapped.
class Guest final : public PciGuestPort {
 public:
  void deliver_msi(u64 address, u32 data) override { received.push_back({address, data}); }
  CpuSet preferred_cpus(u64 address, u32) override { return CpuSet::of(CpuId{static_cast<u32>(address >> 12) & 3}); }
  Result<void> trap_pages(Gfn first, u64 count) override {
    if (refuse_traps) return Failure{XEN_ENOMEM};
    for (u64 i = 0; i < count; ++i)
      if (++trapped[first.raw() + i] != 1) std::abort();
    return {};
  }
  void untrap_pages(Gfn first, u64 count) override {
    for (u64 i = 0; i < count; ++i)
      if (trapped.erase(first.raw() + i) != 1) std::abort();
  }
  bool is_device_memory(MachineAddress first, u64 size) override {
    return first.raw() >= 0x80000000 && first.raw() + size <= (u64{1} << 46);
  }
  bool is_trapped(u64 address) const { return trapped.contains(address >> 12); }

  std::vector<irq::MsiMessage> received;
  std::map<u64, int> trapped;
  bool refuse_traps = false;
};

}  // namespace xenolith::pci::fake
