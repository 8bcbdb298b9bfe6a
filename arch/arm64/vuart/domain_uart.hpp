// SPDX-License-Identifier: MIT
// DomainUart: a domain's VirtualUart, tied to the domain's interrupt controller and to the hypervisor's console, where its lines are
// shown behind "DOMn: ".
#pragma once

#include <array>

#include "arch/arm64/gic/intid.hpp"
#include "arch/arm64/vuart/virtual_uart.hpp"
#include "core/base/units.hpp"

namespace xenolith {
class Domain;
}

namespace xenolith::vuart {

class DomainUart final : public Port {
 public:
  DomainUart(Domain& domain, GuestPhysical at, gic::Intid interrupt) : domain_{domain}, at_{at}, interrupt_{interrupt}, uart_{*this} {}

  bool contains(GuestPhysical address) const { return address >= at_ && address < at_ + page_size; }
  u64 read(GuestPhysical address) { return uart_.read(address - at_); }
  void write(GuestPhysical address, u64 value) { uart_.write(address - at_, value); }
  bool receive(char c) { return uart_.receive(c); }

  // Port
  void set_line(bool asserted) override;
  void put(char c) override;

 private:
  struct Line {
    std::array<char, 160> text{};
    size_t length = 0;
  };

  Domain& domain_;
  GuestPhysical at_;
  gic::Intid interrupt_;
  VirtualUart uart_;
  Locked<Line, LockRank::virtual_device> line_;
};

}  // namespace xenolith::vuart
