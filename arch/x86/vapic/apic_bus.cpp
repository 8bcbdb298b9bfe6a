// SPDX-License-Identifier: MIT
#include "arch/x86/vapic/apic_bus.hpp"

#include "arch/x86/vapic/local_apic.hpp"
#include "core/base/bits.hpp"

namespace xenolith::vapic {

bool ApicBus::attach(unsigned slot, LocalApic& apic) {
  if (slot >= slots_.size() || at(slot) || find(apic.id())) return false;
  slots_[slot].store(&apic, std::memory_order_release);  // pairs with the acquire in at()
  return true;
}

LocalApic* ApicBus::find(ApicId id) const {
  u64 guess = id.raw() >> id_shift_;
  if (guess < slots_.size())
    if (LocalApic* apic = at(clamp_index_speculative(guess, slots_.size())); apic && apic->id() == id) return apic;
  for (size_t i = 0; i < slots_.size(); ++i)
    if (LocalApic* apic = at(i); apic && apic->id() == id) return apic;
  return nullptr;
}

unsigned ApicBus::deliver(const InterruptMessage& message) {
  Destination destination = message.destination;
  bool may_be_broadcast = destination.id == 0xff || destination.id == 0xffff'ffff;
  if (!destination.logical && !may_be_broadcast) {
    LocalApic* apic = find(ApicId{destination.id});
    return apic && apic->address().matches(destination) && apic->deliver(message);
  }
  if (message.mode == DeliveryMode::lowest_priority) return deliver_lowest(message);
  if (destination.id > 0xff && !may_be_broadcast) return deliver_to_cluster(message);
  unsigned reached = 0;
  for (size_t i = 0; i < slots_.size(); ++i)
    if (LocalApic* apic = at(i); apic && apic->address().matches(destination)) reached += apic->deliver(message);
  return reached;
}

// A logical destination over 0xff reaches APICs in x2APIC mode only: the IDs follow from it.
unsigned ApicBus::deliver_to_cluster(const InterruptMessage& message) {
  u32 first = message.destination.id >> 16 << 4;
  unsigned reached = 0;
  for (u32 members = message.destination.id & 0xffff; members != 0; members &= members - 1) {
    LocalApic* apic = find(ApicId{first + static_cast<u32>(std::countr_zero(members))});
    if (apic && apic->address().matches(message.destination)) reached += apic->deliver(message);
  }
  return reached;
}

// The one with the lowest priority class; among equals they take turns.
// Source: Intel SDM volume 3, "Lowest Priority Delivery Mode" ("Determining IPI Destination").
unsigned ApicBus::deliver_lowest(const InterruptMessage& message) {
  if (slots_.empty()) return 0;
  LocalApic* best = nullptr;
  size_t best_slot = 0;
  size_t start = turn_.load(std::memory_order_relaxed) % slots_.size();  // a hint: races only shift the turn
  for (size_t i = 0; i < slots_.size(); ++i) {
    size_t slot = (start + i) % slots_.size();
    LocalApic* apic = at(slot);
    if (!apic || !apic->address().is_software_enabled() || !apic->address().matches(message.destination)) continue;
    if (best && best->priority_class() <= apic->priority_class()) continue;
    best = apic;
    best_slot = slot;
  }
  if (!best) return 0;
  turn_.store(static_cast<u32>(best_slot + 1), std::memory_order_relaxed);
  return best->deliver(message);
}

unsigned ApicBus::send(LocalApic& sender, const InterruptMessage& message, Shorthand shorthand) {
  switch (shorthand) {
    case Shorthand::none: return deliver(message);
    case Shorthand::self: return sender.deliver(message);
    case Shorthand::all: return deliver_except(nullptr, message);
    case Shorthand::others: return deliver_except(&sender, message);
  }
  return 0;
}

unsigned ApicBus::deliver_except(const LocalApic* excluded, const InterruptMessage& message) {
  unsigned reached = 0;
  for (size_t i = 0; i < slots_.size(); ++i) {
    LocalApic* apic = at(i);
    if (apic && apic != excluded && apic->address().mode() != ApicMode::disabled) reached += apic->deliver(message);
  }
  return reached;
}

}  // namespace xenolith::vapic
