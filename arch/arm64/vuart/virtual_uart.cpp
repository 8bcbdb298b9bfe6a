// SPDX-License-Identifier: MIT
#include "arch/arm64/vuart/virtual_uart.hpp"

namespace xenolith::vuart {
namespace {

enum class Register : u64 { data = 0x00, flags = 0x18, enabled = 0x38, raw = 0x3c, masked = 0x40, clear = 0x44 };
constexpr u32 receive_empty = 1 << 4, transmit_full = 1 << 5, receive_full = 1 << 6, transmit_empty = 1 << 7;
constexpr u32 receive_interrupt = 1 << 4, transmit_interrupt = 1 << 5, receive_timeout = 1 << 6;

}  // namespace

// The line follows what is enabled; that there is something to receive does not go away by being cleared.
void VirtualUart::settle(State& state) {
  constexpr u32 receiving = receive_interrupt | receive_timeout;
  if (state.is_empty()) state.raw &= ~receiving;
  else state.raw |= receiving;
  port_.set_line((state.raw & state.enabled) != 0);
}

void VirtualUart::fetch(State& state) {
  while (!state.is_full()) {
    std::optional<char> c = port_.next();
    if (!c) break;
    state.received[state.end++ % state.received.size()] = *c;
  }
  settle(state);
}

u64 VirtualUart::take(State& state) {
  if (state.is_empty()) return 0;
  u8 c = static_cast<u8>(state.received[state.first++ % state.received.size()]);
  fetch(state);
  return c;
}

u64 VirtualUart::read(u64 offset) {
  u64 value = state_.with([&](State& state) -> u64 {
    switch (Register{offset}) {
      case Register::data: return take(state);
      case Register::flags: return flags(state);
      case Register::enabled: return state.enabled;
      case Register::raw: return state.raw;
      case Register::masked: return state.raw & state.enabled;
      case Register::clear: break;
    }
    return 0;
  });
  if (Register{offset} == Register::data) port_.has_taken();
  return value;
}

u32 VirtualUart::flags(const State& state) const {
  return (port_.room() == 0 ? transmit_full : transmit_empty) | (state.is_empty() ? receive_empty : 0) | (state.is_full() ? receive_full : 0);
}

// Drivers write half of the FIFO's 32 characters at each interrupt, without a look at the flags.
void VirtualUart::note_room(State& state) {
  constexpr size_t half = 16;
  if (port_.room() >= half) state.raw |= transmit_interrupt;
  else state.raw &= ~transmit_interrupt;
}

// A character is gone as soon as it is written: there is room for the next, or the port tells when.
void VirtualUart::write(u64 offset, u64 value) {
  if (Register{offset} == Register::data) port_.put(static_cast<char>(value));
  state_.with([&](State& state) {
    if (Register{offset} == Register::data) note_room(state);
    if (Register{offset} == Register::enabled) state.enabled = static_cast<u32>(value) & 0x7ff;
    if (Register{offset} == Register::clear) state.raw &= ~static_cast<u32>(value);
    settle(state);
  });
}

bool VirtualUart::receive(char c) {
  return state_.with([&](State& state) {
    if (state.is_full()) return false;
    state.received[state.end++ % state.received.size()] = c;
    settle(state);
    return true;
  });
}

void VirtualUart::poke() {
  state_.with([&](State& state) {
    note_room(state);
    fetch(state);
  });
  port_.has_taken();
}

}  // namespace xenolith::vuart
