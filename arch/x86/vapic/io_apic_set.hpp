// SPDX-License-Identifier: MIT
// IoApicSet: the virtual IO-APICs of a domain.
#pragma once

#include <span>

#include "arch/x86/vapic/io_apic.hpp"

namespace xenolith::vapic {

// The owner fills the IO-APICs in before the domain runs; after that nothing here changes, so no lock.
class IoApicSet {
 public:
  explicit IoApicSet(std::span<const Own<IoApic>> members) : members_{members} {}

  // The IO-APIC that has the GSI, or whose registers are at the address; or nullptr.
  IoApic* find(Gsi gsi) const {
    return find_if([&](const IoApic& io_apic) { return io_apic.has(gsi); });
  }
  IoApic* find(GuestPhysical address) const {
    return find_if([&](const IoApic& io_apic) {
      return address >= io_apic.address() && address - io_apic.address() < IoApic::mmio_size;
    });
  }
  // For LocalApicPort::end_of_interrupt(): any of them may have sent the vector.
  void end_of_interrupt(Vector vector) const {
    for (const Own<IoApic>& member : members_) member->end_of_interrupt(vector);
  }

 private:
  template <class Predicate>
  IoApic* find_if(Predicate&& predicate) const {
    for (const Own<IoApic>& member : members_)
      if (predicate(*member)) return member.get();
    return nullptr;
  }

  std::span<const Own<IoApic>> members_;
};

}  // namespace xenolith::vapic
