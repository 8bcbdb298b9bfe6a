// SPDX-License-Identifier: MIT
#include "core/time/wall_clock.hpp"

#include <arch/guest_layout.hpp>

#include <algorithm>
#include <atomic>

#include "core/base/lock.hpp"
#include "core/domain/domain.hpp"
#include "core/time/clock.hpp"
#include "core/time/version_protocol.hpp"

namespace xenolith {
namespace {

constexpr u64 billion = 1'000'000'000;

// Nanoseconds from 1970 to system time zero, good until the year 2554; one word, so that reading it takes no lock.
// Relaxed: it orders nothing else.
constinit std::atomic<u64> epoch{0};

// The shared info pages have one writer at a time.
struct Publication {};
constinit Locked<Publication, LockRank::clock> publication;

struct SharedWallClock {
  u32 seconds, nanoseconds, seconds_high;
};

SharedWallClock shared_wall_clock(u64 at_zero, i64 offset_seconds) {
  u64 sum = at_zero / billion + static_cast<u64>(offset_seconds);
  return {static_cast<u32>(sum), static_cast<u32>(at_zero % billion), static_cast<u32>(sum >> 32)};
}

}  // namespace

WallClock wall_clock() {
  u64 at_zero = epoch.load(std::memory_order_relaxed);
  return {at_zero / billion, static_cast<u32>(at_zero % billion)};
}

void set_wall_clock(WallClock at_system_time, SystemTime system_time) {
  constexpr u64 most_seconds = 18'000'000'000;
  u64 then = std::min(at_system_time.seconds, most_seconds) * billion + at_system_time.nanoseconds;
  u64 since = static_cast<u64>(std::max<i64>(system_time.raw(), 0));
  epoch.store(then > since ? then - since : 0, std::memory_order_relaxed);
}

void update_wall_clock_of(Domain& domain) {
  publication.with([&](Publication&) {
    SharedWallClock value = shared_wall_clock(epoch.load(std::memory_order_relaxed),
                                              domain.time_offset_seconds.load(std::memory_order_relaxed));
    const SharedPlaces& places = arch::shared_places(domain.words());
    auto word = [&](u16 offset) { return reinterpret_cast<u32*>(reinterpret_cast<std::byte*>(&domain.shared_info()) + offset); };
    u32* version = word(places.wall_clock);
    publish_versioned(version, [&] {
      store_shared(version + 1, value.seconds);
      store_shared(version + 2, value.nanoseconds);
      store_shared(word(places.wall_clock_high), value.seconds_high);
    });
  });
}

Result<void> perform_settime(const xenpf_settime64& operation) {
  if (operation.mbz != 0 || operation.nsecs >= billion) return Failure{XEN_EINVAL};
  set_wall_clock({operation.secs, operation.nsecs}, SystemTime{static_cast<i64>(operation.system_time)});
  for (Domain* domain = DomainTable::next(DomainId{0}); domain;
       domain = DomainTable::next(DomainId{static_cast<u16>(domain->id().raw() + 1)}))
    update_wall_clock_of(*domain);
  return {};
}

}  // namespace xenolith
