// SPDX-License-Identifier: MIT
// DomainUart: a domain's VirtualUart, tied to the domain's interrupt controller and to who reads it: a console daemon in another domain, once
// it is connected, else the hypervisor's console, where its lines are shown behind "DOMn: ".
#pragma once

#include <array>
#include <atomic>

#include "arch/arm64/gic/intid.hpp"
#include "arch/arm64/vuart/virtual_uart.hpp"
#include "core/base/units.hpp"
#include "core/events/guest_page.hpp"

extern "C" {
#include <xen/io/console.h>
}

namespace xenolith {
class Domain;
}

namespace xenolith::vuart {

class DomainUart final : public Port {
 public:
  DomainUart(Domain& domain, GuestPhysical at, gic::Intid interrupt) : domain_{domain}, at_{at}, interrupt_{interrupt}, uart_{*this} {}

  // From now on the daemon in domain `console` serves it, by the page at `ring`: the port of this domain that it is to bind. Before the domain
  // runs. Fails with EINVAL (no memory there, no such domain), ENOMEM, ENOSPC.
  Result<xenolith::Port> connect(Gfn ring, DomainId console);

  // Its lines are the hypervisor's console's.
  bool is_shown() const { return !is_connected_; }
  // Typed there; lost when the guest takes no more.
  void type(char c) { static_cast<void>(uart_.receive(c)); }

  bool contains(GuestPhysical address) const { return address >= at_ && address < at_ + page_size; }
  u64 read(GuestPhysical address) { return uart_.read(address - at_); }
  void write(GuestPhysical address, u64 value) { uart_.write(address - at_, value); }

  // Port
  void set_line(bool asserted) override;
  void put(char c) override;
  size_t room() const override;
  std::optional<char> next() override;
  void has_taken() override;

 private:
  struct Line {
    std::array<char, 160> text{};
    size_t length = 0;
  };

  void show(char c);
  void show_at_once(char c);
  void tell_daemon();
  xencons_interface& page() const { return *ring_.as<xencons_interface>(); }

  Domain& domain_;
  GuestPhysical at_;
  gic::Intid interrupt_;
  VirtualUart uart_;
  Locked<Line, LockRank::virtual_device> line_;  // also held while something is put on the page
  bool is_connected_ = false;
  GuestPage ring_;
  xenolith::Port port_{0};
  std::atomic<bool> taken_{false};  // something, by next(): the daemon is to be told. Orders nothing
};

}  // namespace xenolith::vuart
