// SPDX-License-Identifier: MIT
// VirtualUart: the serial line that a domain may have beside its PV console, or, without tools, in its place: an SBSA Generic UART (Arm DEN0029, "Generic UART"; the
// registers of Arm DDI 0183, "PrimeCell UART (PL011)", that it has).
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "core/base/lock.hpp"
#include "core/base/types.hpp"

namespace xenolith::vuart {

class Port {
 public:
  // The interrupt line, a level. Called with the rank virtual_device held.
  virtual void set_line(bool asserted) = 0;
  // What the guest writes. No lock is held.
  virtual void put(char c) = 0;
  // How many characters put() has room for now; the guest waits when there are none. Any lock may be held.
  virtual size_t room() const = 0;
  // What is typed: the next character, if there is one. Called with the rank virtual_device held.
  virtual std::optional<char> next() = 0;
  // Characters have been taken by next(). No lock is held.
  virtual void has_taken() = 0;

 protected:
  ~Port() = default;
};

class VirtualUart {
 public:
  explicit VirtualUart(Port& port) : port_{port} {}

  // Accesses of vCPUs; the offset is within the page of registers.
  u64 read(u64 offset);
  void write(u64 offset, u64 value);

  // A character that comes by no next(). False: there is no room for it.
  bool receive(char c);
  // There is something for next(), or there may be room for put() again.
  void poke();

 private:
  struct State {
    std::array<char, 256> received{};
    u32 first = 0, end = 0;  // of `received`, counting on
    u32 raw = 0, enabled = 0;  // interrupts

    bool is_empty() const { return first == end; }
    bool is_full() const { return end - first == received.size(); }
  };
  u64 take(State& state);
  void fetch(State& state);
  void settle(State& state);
  void note_room(State& state);
  u32 flags(const State& state) const;

  Port& port_;
  Locked<State, LockRank::virtual_device> state_;
};

}  // namespace xenolith::vuart
