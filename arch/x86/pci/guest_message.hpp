// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/irq/msi_message.hpp"
#include "core/base/lock.hpp"

namespace xenolith::pci {

// The message that the guest programmed: written by its vCPUs, read whole when the interrupt comes.
class GuestMessage {
 public:
  irq::MsiMessage get() const {
    return message_.with([](const irq::MsiMessage& message) { return message; });
  }
  void set(const irq::MsiMessage& value) {
    message_.with([&](irq::MsiMessage& message) { message = value; });
  }

 private:
  Locked<irq::MsiMessage, LockRank::irq_routing, IrqSafety::interrupt> message_;
};

}  // namespace xenolith::pci
