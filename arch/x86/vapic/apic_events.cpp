// SPDX-License-Identifier: MIT
#include "arch/x86/vapic/apic_events.hpp"

namespace xenolith::vapic {

void ApicEvents::set_waiting(bool value) {
  update([&](u32 word) { return value ? word | waiting : word & ~(waiting | init | startup); });
}

bool ApicEvents::request_nmi() {
  return (update([](u32 word) { return word & waiting ? word : word | nmi; }) & waiting) == 0;
}

bool ApicEvents::request_init() {
  // A start-up without an INIT beside it belongs to a vCPU that has been released and has not run yet.
  return (update([](u32 word) { return word & waiting ? word : (word & ~startup) | init; }) & waiting) == 0;
}

ApicEvents::Startup ApicEvents::request_startup(u8 page) {
  u32 old = update([&](u32 word) {
    if (word & waiting) return Page::set((word & ~waiting) | startup, page);
    if ((word & init) && !(word & startup)) return Page::set(word | startup, page);
    return word;
  });
  if (old & waiting) return Startup::starts;
  return (old & init) && !(old & startup) ? Startup::latched : Startup::ignored;
}

bool ApicEvents::finish_init() {
  u32 old = update([](u32 word) {
    word &= ~(init | nmi);
    return word & startup ? word : word | waiting;
  });
  return (old & startup) != 0;
}

std::optional<u8> ApicEvents::take_startup() {
  u32 old = update([](u32 word) { return word & init ? word : word & ~startup; });
  if (!(old & startup) || (old & init)) return std::nullopt;
  return static_cast<u8>(Page::get(old));
}

}  // namespace xenolith::vapic
