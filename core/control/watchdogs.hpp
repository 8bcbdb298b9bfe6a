// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/lock.hpp"
#include "core/base/result.hpp"
#include "core/time/timer.hpp"

namespace xenolith {

class Domain;

// A domain's watchdog timers (SCHEDOP_watchdog): the domain is shut down with SHUTDOWN_watchdog when one runs out.
class Watchdogs {
 public:
  static constexpr u32 count = 2;

  explicit Watchdogs(Domain& domain);

  // `id` 0 starts an unused one and returns its id, 1 or 2; fails with EINVAL (no time given), ENOSPC. Another id
  // sets that one again, or with no time ends it, and returns 0; EINVAL if it is not in use.
  Result<u32> set(u32 id, Duration timeout);
  // The domain is destroyed.
  void stop();

 private:
  static void expired(void* domain);
  struct Slot {
    explicit Slot(Domain& domain) : timer{expired, &domain} {}
    Timer timer;
    bool used = false;
  };
  struct Slots {
    explicit Slots(Domain& domain) : slot{Slot{domain}, Slot{domain}} {}
    Slot slot[count];
  };

  Locked<Slots, LockRank::domain_settings> slots_;
};

}  // namespace xenolith
