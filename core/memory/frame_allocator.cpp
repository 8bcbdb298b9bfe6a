// SPDX-License-Identifier: MIT
#include "core/memory/frame_allocator.hpp"

#include <arch/frame_table.hpp>

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/bits.hpp"
#include "core/base/lock.hpp"
#include "core/base/log.hpp"
#include "core/memory/free_lists.hpp"
#include "core/memory/frame_table.hpp"

namespace xenolith {
namespace {

constexpr unsigned chunk_order = 9;   // fresh memory is opened in pieces of 2 MiB
constexpr u64 chunk = u64{1} << chunk_order;
constexpr Mfn low_end{u64{1} << (32 - page_shift)};
constexpr unsigned scrub_order = 6;   // frames scrubbed in one step: 256 KiB
constexpr unsigned max_extents = 128;
constexpr u64 mebibyte_frames = u64{1} << (20 - page_shift);
constexpr u64 least_ahead = 64 * mebibyte_frames, most_ahead = 1024 * mebibyte_frames, share_ahead = 16;

struct Zone {
  FreeLists clean{FrameUse::free, FreeLists::max_order};
  FreeLists dirty{FrameUse::free_dirty, FreeLists::max_order};
};

struct State {
  std::array<FrameAllocator::Range, max_extents> fresh{};  // sorted, disjoint
  unsigned extents = 0;
  u64 fresh_frames = 0;
  u64 total = 0;
  u64 table_frames = 0;
  u64 wanted_clean = 0;  // idle CPUs open never-used memory until so many frames are scrubbed
  Zone low, high;  // below 4 GiB, and the rest

  Zone& zone_of(Mfn mfn) { return mfn < low_end ? low : high; }
};

constinit Locked<State, LockRank::frame_allocator, IrqSafety::interrupt> state;

bool insert_extent(State& s, unsigned at, FrameAllocator::Range range) {
  if (range.first >= range.end) return true;
  if (s.extents == max_extents) return false;
  std::move_backward(s.fresh.begin() + at, s.fresh.begin() + s.extents, s.fresh.begin() + s.extents + 1);
  s.fresh[at] = range;
  ++s.extents;
  s.fresh_frames += range.end - range.first;
  return true;
}

void erase_extent(State& s, unsigned at);

// Joins extent `at` with those that touch it, within one zone.
void merge_neighbours(State& s, unsigned at) {
  auto touch = [&](unsigned left) {
    return left + 1 < s.extents && s.fresh[left].end == s.fresh[left + 1].first && s.fresh[left].end != low_end;
  };
  auto join = [&](unsigned left) {
    Mfn end = s.fresh[left + 1].end;
    erase_extent(s, left + 1);
    s.fresh_frames += end - s.fresh[left].end;
    s.fresh[left].end = end;
  };
  if (touch(at)) join(at);
  if (at > 0 && touch(at - 1)) join(at - 1);
}

void erase_extent(State& s, unsigned at) {
  s.fresh_frames -= s.fresh[at].end - s.fresh[at].first;
  std::move(s.fresh.begin() + at + 1, s.fresh.begin() + s.extents, s.fresh.begin() + at);
  --s.extents;
}

// Takes [first, end) out of extent `at`, which contains it.
Result<void> cut(State& s, unsigned at, Mfn first, Mfn end) {
  if (s.extents + 1 > max_extents) return Failure{XEN_ENOMEM};
  FrameAllocator::Range whole = s.fresh[at];
  erase_extent(s, at);
  insert_extent(s, at, {end, whole.end});
  insert_extent(s, at, {whole.first, first});
  return {};
}

// Where in never-used memory a block of `size` frames can be taken: the topmost place in the zone.
struct Place {
  unsigned extent;
  Mfn first;
};
std::optional<Place> find_fresh(const State& s, u64 size, Mfn limit, bool from_low) {
  for (unsigned n = s.extents; n-- > 0;) {  // from the top: low memory is scarce
    FrameAllocator::Range range = s.fresh[n];
    Mfn end = std::min(range.end, limit);
    if (from_low != (range.first < low_end) || end.raw() < range.first.raw() + size) continue;
    Mfn first{align_down(end.raw() - size, size)};
    if (first >= range.first) return Place{n, first};
  }
  return {};
}

// Page tables and the frame table live on never-used memory too; they are served first.
void feed_table_memory(State& s) {
  if (!arch::table_memory_is_low()) return;
  for (bool from_low : {false, true}) {
    std::optional<Place> place = find_fresh(s, chunk, invalid_mfn, from_low);
    if (!place || cut(s, place->extent, place->first, place->first + chunk).failed()) continue;
    arch::give_table_memory(place->first);
    s.table_frames += chunk;
    return;
  }
}

Result<void> back(State& s, Mfn first, Mfn end) {
  constexpr u64 step = arch::frames_per_table_page;
  for (Mfn at{align_down(first.raw(), step)}; at < end; at += step) {
    feed_table_memory(s);
    TRY(FrameTable::back(at));
  }
  return {};
}

// Opens a never-used, aligned block of at least 2^order frames into the clean or dirty list of its zone.
bool open_fresh(State& s, unsigned order, Mfn limit, bool from_low) {
  u64 size = std::max(chunk, u64{1} << order);
  feed_table_memory(s);
  std::optional<Place> place = find_fresh(s, size, limit, from_low);
  if (!place || cut(s, place->extent, place->first, place->first + size).failed()) return false;
  if (back(s, place->first, place->first + size).failed()) return false;
  s.zone_of(place->first).dirty.put(place->first, static_cast<unsigned>(std::bit_width(size) - 1));
  return true;
}

// Extents that are no whole chunk are opened frame by frame once nothing larger is left.
bool open_remainder(State& s, Mfn limit) {
  for (unsigned n = s.extents; n-- > 0;) {
    FrameAllocator::Range range = s.fresh[n];
    if (range.end > limit) continue;
    if (back(s, range.first, range.end).failed()) return false;
    erase_extent(s, n);
    for (Mfn mfn = range.first; mfn < range.end; ++mfn) s.zone_of(mfn).dirty.put(mfn, 0);
    return true;
  }
  return false;
}

struct Block {
  Mfn first = invalid_mfn;
  bool dirty = false;
};

Block take_from(Zone& zone, unsigned order, Contents contents) {
  FreeLists* lists[] = {&zone.clean, &zone.dirty};
  if (contents == Contents::any) std::swap(lists[0], lists[1]);
  for (FreeLists* list : lists)
    if (Mfn first = list->take(order); first != invalid_mfn) return {first, list == &zone.dirty};
  return {};
}

Block take(State& s, unsigned order, Contents contents, Mfn limit) {
  for (;;) {
    if (limit > low_end) {
      if (Block block = take_from(s.high, order, contents); block.first != invalid_mfn) return block;
      if (open_fresh(s, order, limit, false)) continue;
    }
    if (Block block = take_from(s.low, order, contents); block.first != invalid_mfn) return block;
    if (open_fresh(s, order, limit, true)) continue;
    if (order == 0 && open_remainder(s, limit)) continue;
    return {};
  }
}

}  // namespace

void FrameAllocator::add(Mfn first, Mfn end) {
  end = std::min(end, arch::frame_table_limit());
  state.with([&](State& s) {
    // Never an extent across 4 GiB: the zones differ.
    for (Range range : {Range{first, std::min(end, std::max(first, low_end))}, Range{std::max(first, low_end), end}}) {
      if (range.first >= range.end) continue;
      unsigned at = 0;
      while (at < s.extents && s.fresh[at].first < range.first) ++at;
      if (!insert_extent(s, at, range)) continue;
      s.total += range.end - range.first;
      merge_neighbours(s, at);
    }
  });
}

Result<void> FrameAllocator::claim(Mfn first, Mfn end) {
  return state.with([&](State& s) -> Result<void> {
    for (unsigned n = 0; n < s.extents; ++n) {
      if (first < s.fresh[n].first || end > s.fresh[n].end) continue;
      TRY(cut(s, n, first, end));
      return back(s, first, end);
    }
    return Failure{XEN_ENOENT};
  });
}

FrameAllocator::Range FrameAllocator::fresh_range(Mfn from, Mfn limit) {
  return state.with([&](State& s) -> Range {
    for (unsigned n = 0; n < s.extents; ++n) {
      Range range{std::max(s.fresh[n].first, from), std::min(s.fresh[n].end, limit)};
      if (range.first < range.end) return range;
    }
    return {};
  });
}

Result<Mfn> FrameAllocator::allocate(unsigned order, Contents contents, unsigned address_bits) {
  if (order > FreeLists::max_order) return Failure{XEN_ENOMEM};
  Mfn limit = address_bits >= 64 ? invalid_mfn : Mfn{u64{1} << (std::max(address_bits, page_shift) - page_shift)};
  if (limit < low_end) return Failure{XEN_ENOMEM};  // no finer zones than 4 GiB
  Block block = state.with([&](State& s) { return take(s, order, contents, limit); });
  if (block.first == invalid_mfn) return Failure{XEN_ENOMEM};
  if (block.dirty && contents == Contents::scrubbed) arch::scrub_frames(block.first, u64{1} << order);
  return block.first;
}

Result<Mfn> FrameAllocator::allocate_for_tables() {
  Mfn block = TRY(allocate(chunk_order, Contents::any));
  state.with([](State& s) { s.table_frames += chunk; });
  return block;
}

void FrameAllocator::free(Mfn first, unsigned order) {
  state.with([&](State& s) { s.zone_of(first).dirty.put(first, order); });
}

void FrameAllocator::start_scrubbing_ahead() {
  state.with([](State& s) { s.wanted_clean = std::clamp(s.total / share_ahead, least_ahead, most_ahead); });
}

bool FrameAllocator::scrub_step() {
  unsigned order = 0;
  Mfn first = state.with([&](State& s) {
    bool is_enough = s.low.clean.frames() + s.high.clean.frames() >= s.wanted_clean;
    if (s.low.dirty.frames() + s.high.dirty.frames() == 0 && !is_enough && !open_fresh(s, chunk_order, invalid_mfn, false))
      open_fresh(s, chunk_order, invalid_mfn, true);
    Mfn found = s.high.dirty.take_any(scrub_order, order);
    return found != invalid_mfn ? found : s.low.dirty.take_any(scrub_order, order);
  });
  if (first == invalid_mfn) return false;
  arch::scrub_frames(first, u64{1} << order);
  state.with([&](State& s) { s.zone_of(first).clean.put(first, order); });
  return true;
}

u64 FrameAllocator::free_frames() {
  return state.with([](State& s) {
    return s.fresh_frames + s.low.clean.frames() + s.low.dirty.frames() + s.high.clean.frames() + s.high.dirty.frames();
  });
}

u64 FrameAllocator::dirty_frames() {
  return state.with([](State& s) { return s.low.dirty.frames() + s.high.dirty.frames(); });
}

u64 FrameAllocator::table_frames() {
  return state.with([](State& s) { return s.table_frames; });
}

u64 FrameAllocator::total_frames() {
  return state.with([](State& s) { return s.total; });
}

}  // namespace xenolith
