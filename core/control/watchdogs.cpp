// SPDX-License-Identifier: MIT
#include "core/control/watchdogs.hpp"

#include "core/base/log.hpp"
#include "core/domain/domain.hpp"
#include "core/time/clock.hpp"

namespace xenolith {

Watchdogs::Watchdogs(Domain& domain) : slots_{domain} {}

void Watchdogs::expired(void* context) {
  auto& domain = *static_cast<Domain*>(context);
  if (domain.is_dying() || domain.is_shut_down()) return;
  log_warning("d{}: watchdog timer expired", domain.id());
  domain.shut_down(SHUTDOWN_watchdog);
}

Result<u32> Watchdogs::set(u32 id, Duration timeout) {
  if (id > count) return Failure{XEN_EINVAL};
  return slots_.with([&](Slots& slots) -> Result<u32> {
    auto start = [&](Slot& slot) {
      slot.used = true;
      slot.timer.set(now() + timeout);
    };
    if (id == 0) {
      if (timeout == Duration::zero()) return Failure{XEN_EINVAL};
      for (u32 i = 0; i < count; ++i) {
        if (slots.slot[i].used) continue;
        start(slots.slot[i]);
        return i + 1;
      }
      return Failure{XEN_ENOSPC};
    }
    Slot& slot = slots.slot[id - 1];
    if (!slot.used) return Failure{XEN_EINVAL};
    if (timeout == Duration::zero()) {
      slot.used = false;
      slot.timer.stop();
    } else {
      start(slot);
    }
    return 0u;
  });
}

void Watchdogs::stop() {
  slots_.with([](Slots& slots) {
    for (Slot& slot : slots.slot) {
      slot.used = false;
      slot.timer.stop();
    }
  });
}

}  // namespace xenolith
