// SPDX-License-Identifier: MIT
// VirtualUart: the serial line that a domain without tools has as its console, an SBSA Generic UART (Arm DEN0029, "Generic UART"; the
// registers of Arm DDI 0183, "PrimeCell UART (PL011)", that it has).
#pragma once

#include <array>

#include "core/base/lock.hpp"
#include "core/base/types.hpp"

namespace xenolith::vuart {

class Port {
 public:
  // The interrupt line, a level. Called with the rank virtual_device held.
  virtual void set_line(bool asserted) = 0;
  // What the guest writes. No lock is held.
  virtual void put(char c) = 0;

 protected:
  ~Port() = default;
};

class VirtualUart {
 public:
  explicit VirtualUart(Port& port) : port_{port} {}

  // Accesses of vCPUs; the offset is within the page of registers.
  u64 read(u64 offset);
  void write(u64 offset, u64 value);

  // What is typed for the guest; false when there is no more room.
  bool receive(char c);

 private:
  struct State {
    std::array<char, 64> received{};
    u32 first = 0, end = 0;  // of `received`, counting on
    u32 raw = 0, enabled = 0;  // interrupts

    bool is_empty() const { return first == end; }
    bool is_full() const { return end - first == received.size(); }
  };
  u64 take(State& state);
  void settle(State& state);

  Port& port_;
  Locked<State, LockRank::virtual_device> state_;
};

}  // namespace xenolith::vuart
