// SPDX-License-Identifier: MIT
#include "arch/x86/irq/host_io_apic.hpp"

namespace xenolith::irq {
namespace {
constexpr u8 version_register = 0x01;
constexpr u8 first_entry_register = 0x10;
constexpr u8 version_with_eoi_register = 0x20;
constexpr unsigned most_pins = (0x100 - first_entry_register) / 2;

using Version = Bits<7, 0>;
using HighestEntry = Bits<23, 16>;

constexpr u8 low_register(unsigned pin) { return static_cast<u8>(first_entry_register + 2 * pin); }
constexpr u8 high_register(unsigned pin) { return static_cast<u8>(low_register(pin) + 1); }
}  // namespace

HostIoApic::HostIoApic(Gsi gsi_base, IoApicWindow& window, unsigned pins, u8 version)
    : gsi_base_{gsi_base}, pins_{pins}, has_eoi_register_{version >= version_with_eoi_register}, window_{window} {}

Result<Own<HostIoApic>> HostIoApic::create(Gsi gsi_base, IoApicWindow& window) {
  u32 version = window.read(version_register);
  unsigned pins = static_cast<unsigned>(HighestEntry::get(version)) + 1;
  if (version == 0 || version == ~u32{0} || pins > most_pins || ~gsi_base.raw() < pins) return Failure{XEN_ENODEV};
  Own<HostIoApic> io_apic = TRY(make<HostIoApic>(gsi_base, window, pins, static_cast<u8>(Version::get(version))));
  for (unsigned pin = 0; pin < pins; ++pin) {
    io_apic->set_masked(pin, true);
    io_apic->end_of_interrupt(pin);
    io_apic->write(pin, RedirectionEntry{});
  }
  return Result<Own<HostIoApic>>{std::move(io_apic)};
}

RedirectionEntry HostIoApic::read_entry(IoApicWindow& window, unsigned pin) const {
  u64 high = window.read(high_register(pin));
  return RedirectionEntry{(high << 32) | window.read(low_register(pin))};
}

// The half with the mask last when it unmasks, first when it masks: no interrupt uses a half-written entry.
void HostIoApic::write_entry(IoApicWindow& window, unsigned pin, RedirectionEntry entry) const {
  if (entry.masked()) window.write(low_register(pin), entry.low());
  window.write(high_register(pin), entry.high());
  if (!entry.masked()) window.write(low_register(pin), entry.low());
}

void HostIoApic::write(unsigned pin, RedirectionEntry entry) {
  window_.with([&](IoApicWindow& window) { write_entry(window, pin, entry); });
}

RedirectionEntry HostIoApic::read(unsigned pin) const {
  return window_.with([&](IoApicWindow& window) { return read_entry(window, pin); });
}

void HostIoApic::set_masked(unsigned pin, bool masked) {
  window_.with([&](IoApicWindow& window) {
    RedirectionEntry entry{window.read(low_register(pin))};
    if (entry.masked() == masked) return;
    entry.set_masked(masked);
    window.write(low_register(pin), entry.low());
    window.read(low_register(pin));  // the write has arrived when this returns
  });
}

void HostIoApic::route(unsigned pin, ApicId destination, Vector vector) {
  window_.with([&](IoApicWindow& window) {
    RedirectionEntry entry = read_entry(window, pin);
    bool masked = entry.masked();
    entry.set_masked(true);
    window.write(low_register(pin), entry.low());
    entry.set_destination(destination);
    entry.set_vector(vector);
    entry.set_masked(masked);
    write_entry(window, pin, entry);
  });
}

void HostIoApic::clear_remote_irr(IoApicWindow& window, unsigned pin) const {
  RedirectionEntry entry = read_entry(window, pin);
  if (!entry.remote_irr()) return;
  if (has_eoi_register_) {
    window.end_of_interrupt(entry.vector());
    return;
  }
  RedirectionEntry edge = entry;
  edge.set_masked(true);
  edge.set_trigger(Trigger::edge);
  window.write(low_register(pin), edge.low());
  window.write(low_register(pin), entry.low());
}

void HostIoApic::end_of_interrupt(unsigned pin) {
  window_.with([&](IoApicWindow& window) { clear_remote_irr(window, pin); });
}

}  // namespace xenolith::irq
