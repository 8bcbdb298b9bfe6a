// SPDX-License-Identifier: MIT
#include "arch/x86/vapic/io_apic.hpp"

#include "core/base/log.hpp"

namespace xenolith::vapic {

namespace {
constexpr u64 offset_index = 0x00, offset_window = 0x10, offset_eoi = 0x40;
constexpr u8 index_id = 0, index_version = 1, index_arbitration = 2, index_entries = 0x10;
constexpr u8 version_with_eoi = 0x20;

bool is_width(unsigned width) { return width == 1 || width == 2 || width == 4; }
u32 low_bytes(u32 value, unsigned width) { return width == 4 ? value : value & ((1u << width * 8) - 1); }
}  // namespace

Result<Own<IoApic>> IoApic::create(const Configuration& configuration, ApicBus& bus, IoApicPort& port) {
  bool version_known = configuration.version == 0x11 || configuration.version >= version_with_eoi;
  if (configuration.pins == 0 || configuration.pins > max_pins || configuration.id > 15 || !version_known ||
      offset_in_page(configuration.address) != 0 || configuration.first.raw() > ~u32{0} - configuration.pins)
    return Failure{XEN_EINVAL};
  return make<IoApic>(configuration, bus, port);
}

std::optional<unsigned> IoApic::pin_of(Gsi gsi) const {
  if (!has(gsi)) return std::nullopt;
  return clamp_index_speculative(gsi.raw() - first().raw(), pins());
}

u32 IoApic::read_mmio(u64 offset, unsigned width) const {
  if (!is_width(width)) return 0;
  return state_.with([&](const State& state) -> u32 {
    if (offset == offset_index) return state.index;
    return offset == offset_window ? low_bytes(read_window(state), width) : 0;
  });
}

u32 IoApic::read_window(const State& state) const {
  switch (state.index) {
    case index_id:
    case index_arbitration: return u32{state.id} << 24;
    case index_version: return configuration_.version | (pins() - 1) << 16;
    default: break;
  }
  if (state.index < index_entries) return 0;
  unsigned pin = (state.index - index_entries) / 2u;
  if (pin >= pins()) return 0;
  u64 word = state.pins[clamp_index_speculative(pin, pins())].entry.word();
  return static_cast<u32>(state.index & 1 ? word >> 32 : word);
}

void IoApic::write_mmio(u64 offset, unsigned width, u32 value) {
  if (!is_width(width)) return;
  value = low_bytes(value, width);
  if (offset == offset_index) state_.with([&](State& state) { state.index = static_cast<u8>(value); });
  else if (offset == offset_window) write_window(value);
  else if (offset == offset_eoi && configuration_.version >= version_with_eoi)
    end_of_interrupt(Vector{static_cast<u8>(value)});
}

void IoApic::write_window(u32 value) {
  auto effect = state_.with([&](State& state) { return write_selected(state, value); });
  if (!effect) return;
  if (effect->ended) port_.end_of_interrupt(gsi_of(effect->pin));
  port_.entry_changed(gsi_of(effect->pin), effect->entry);
}

std::optional<IoApic::Effect> IoApic::write_selected(State& state, u32 value) {
  if (state.index == index_id) state.id = Bits<27, 24>::get(value);
  if (state.index < index_entries) return std::nullopt;
  unsigned number = (state.index - index_entries) / 2u;
  if (number >= pins()) return std::nullopt;
  Pin& pin = state.pins[clamp_index_speculative(number, pins())];
  bool in_service = pin.entry.has_remote_irr();
  u64 word = pin.entry.word();
  pin.entry.write(state.index & 1 ? Bits<63, 32>::set(word, value) : Bits<31, 0>::set(word, value));
  deliver_level(pin);
  // Software without an EOI register ends an interrupt by making its entry edge-triggered for a moment.
  return Effect{number, pin.entry, in_service && !pin.entry.has_remote_irr()};
}

// The lock is held while the message is delivered: an EOI on another CPU finds the remote IRR set.
void IoApic::deliver_level(Pin& pin) {
  RedirectionEntry& entry = pin.entry;
  if (pin.assertions == 0 || !entry.is_level() || entry.is_masked() || entry.has_remote_irr()) return;
  if (bus_.deliver(entry.message()) != 0 && entry.ends_with_eoi()) entry.set_remote_irr(true);
}

void IoApic::assert_line(Gsi gsi) {
  auto number = pin_of(gsi);
  if (!number) return;
  state_.with([&](State& state) {
    Pin& pin = state.pins[*number];
    if (pin.assertions == ~u32{0}) return;
    if (pin.assertions++ == 0 && !pin.entry.is_level() && !pin.entry.is_masked()) bus_.deliver(pin.entry.message());
    deliver_level(pin);
  });
}

void IoApic::deassert_line(Gsi gsi) {
  auto number = pin_of(gsi);
  if (!number) return;
  state_.with([&](State& state) {
    Pin& pin = state.pins[*number];
    if (pin.assertions != 0) --pin.assertions;
  });
}

void IoApic::pulse(Gsi gsi) {
  assert_line(gsi);
  deassert_line(gsi);
}

void IoApic::end_of_interrupt(Vector vector) {
  PinSet ended = state_.with([&](State& state) {
    PinSet set{};
    for (unsigned i = 0; i < pins(); ++i) {
      RedirectionEntry& entry = state.pins[i].entry;
      if (!entry.has_remote_irr() || entry.vector() != vector) continue;
      entry.set_remote_irr(false);
      set[i / 64] |= bit(i % 64);
    }
    return set;
  });
  finish(ended);
}

// First the port, so that it can take away what it has asserted; then again what is asserted by others.
void IoApic::finish(const PinSet& ended) {
  for (unsigned half = 0; half < ended.size(); ++half)
    for (u64 set = ended[half]; set != 0; set &= set - 1) {
      unsigned pin = half * 64 + static_cast<unsigned>(std::countr_zero(set));
      port_.end_of_interrupt(gsi_of(pin));
      state_.with([&](State& state) { deliver_level(state.pins[pin]); });
    }
}

RedirectionEntry IoApic::entry(Gsi gsi) const {
  auto number = pin_of(gsi);
  if (!number) return {};
  return state_.with([&](const State& state) { return state.pins[*number].entry; });
}

Result<void> IoApic::export_state(hvm_hw_vioapic& record) const {
  if (pins() != VIOAPIC_NUM_PINS) return Failure{XEN_EINVAL};
  record = {};
  record.base_address = address().raw();
  state_.with([&](const State& state) {
    record.ioregsel = state.index;
    record.id = state.id;
    for (unsigned i = 0; i < pins(); ++i) record.redirtbl[i].bits = state.pins[i].entry.word();
  });
  return {};
}

Result<void> IoApic::import_state(const hvm_hw_vioapic& record) {
  if (pins() != VIOAPIC_NUM_PINS || record.base_address != address().raw()) return Failure{XEN_EINVAL};
  if (record.ioregsel > 0xff || record.id > 15) return Failure{XEN_EINVAL};
  state_.with([&](State& state) {
    state.index = static_cast<u8>(record.ioregsel);
    state.id = static_cast<u8>(record.id);
    for (unsigned i = 0; i < pins(); ++i) {
      RedirectionEntry entry{record.redirtbl[i].bits};
      entry.set_remote_irr(entry.has_remote_irr() && entry.ends_with_eoi());
      state.pins[i].entry = entry;
      deliver_level(state.pins[i]);
    }
  });
  for (unsigned i = 0; i < pins(); ++i) port_.entry_changed(gsi_of(i), entry(gsi_of(i)));
  return {};
}

}  // namespace xenolith::vapic
