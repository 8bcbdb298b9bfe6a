// SPDX-License-Identifier: MIT
// ApicBus: carries interrupt messages to the local APICs of one domain.
#pragma once

#include <atomic>
#include <span>

#include "arch/x86/vapic/apic_message.hpp"
#include "core/base/types.hpp"

namespace xenolith::vapic {

class LocalApic;

// Takes no lock. The slots, one for each vCPU the domain may have, belong to the domain; an APIC attached stays so
// until no CPU sends any more (the end of the domain).
class ApicBus {
 public:
  using Slot = std::atomic<LocalApic*>;

  // IDs are found fastest if that of slot n is n << id_shift; others are searched for.
  ApicBus(std::span<Slot> slots, unsigned id_shift) : slots_{slots}, id_shift_{id_shift} {}
  ApicBus(const ApicBus&) = delete;
  ApicBus& operator=(const ApicBus&) = delete;

  // False if there is no such slot, it is taken, or the ID is.
  [[nodiscard]] bool attach(unsigned slot, LocalApic& apic);

  // Any CPU. The number of APICs at which the message had an effect (lowest priority: at most 1).
  unsigned deliver(const InterruptMessage& message);
  // The same for a processor's command, with its shorthand.
  unsigned send(LocalApic& sender, const InterruptMessage& message, Shorthand shorthand);

  // The APIC with the ID, or nullptr.
  LocalApic* find(ApicId id) const;

 private:
  // pairs with the release in attach()
  LocalApic* at(size_t slot) const { return slots_[slot].load(std::memory_order_acquire); }
  unsigned deliver_to_cluster(const InterruptMessage& message);
  unsigned deliver_lowest(const InterruptMessage& message);
  unsigned deliver_except(const LocalApic* excluded, const InterruptMessage& message);

  std::span<Slot> slots_;
  unsigned id_shift_;
  std::atomic<u32> turn_{0};  // where the next arbitration begins, so that equals take turns
};

}  // namespace xenolith::vapic
