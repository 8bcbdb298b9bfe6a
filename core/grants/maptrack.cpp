// SPDX-License-Identifier: MIT
#include "core/grants/maptrack.hpp"

#include <new>

#include "core/base/bits.hpp"

namespace xenolith {
namespace {
constexpr size_t frame_bytes = Maptrack::mappings_per_frame * sizeof(GrantMapping);
}

Result<void> Maptrack::initialise(u32 frames) {
  pages_ = TRY(HeapArray<std::atomic<GrantMapping*>>::create(frames));
  return {};
}

Maptrack::~Maptrack() {
  for (u32 n = 0; n < frames_.load(std::memory_order_relaxed); ++n)
    heap_free(pages_[n].load(std::memory_order_relaxed), frame_bytes);
}

GrantMapping& Maptrack::at(GrantHandle handle) const {
  return pages_[handle.raw() / mappings_per_frame].load(std::memory_order_relaxed)[handle.raw() % mappings_per_frame];
}

// The frame's handles become the share's.
Result<void> Maptrack::grow(Share& share) {
  u32 frame = 0;
  TRY(growth_.with([&](Growth&) -> Result<void> {
    frame = frames_.load(std::memory_order_relaxed);
    if (frame == pages_.size()) return Failure{XEN_ENOSPC};
    void* memory = heap_allocate(frame_bytes, page_size);
    if (!memory) return Failure{XEN_ENOMEM};
    auto* mappings = static_cast<GrantMapping*>(memory);
    for (u32 i = 0; i < mappings_per_frame; ++i) {
      new (mappings + i) GrantMapping();
      mappings[i].link_or_ref = frame * mappings_per_frame + i + 2;
    }
    pages_[frame].store(mappings, std::memory_order_relaxed);
    frames_.store(frame + 1, std::memory_order_release);  // pairs with the acquire in end()
    return {};
  }));
  share.free.with([&](FreeList& list) {
    at(GrantHandle{(frame + 1) * mappings_per_frame - 1}).link_or_ref = list.first;
    list.first = frame * mappings_per_frame + 1;
  });
  return {};
}

Result<GrantHandle> Maptrack::take(Share& share) {
  return share.free.with([&](FreeList& list) -> Result<GrantHandle> {
    if (list.first == 0) return Failure{XEN_ENOSPC};
    GrantHandle handle{list.first - 1};
    GrantMapping& mapping = at(handle);
    list.first = mapping.link_or_ref;
    mapping.state.store(GrantMapping::State::claimed, std::memory_order_relaxed);
    share.used.fetch_add(1, std::memory_order_relaxed);
    return handle;
  });
}

Result<GrantHandle> Maptrack::allocate() {
  Share& own = own_share();
  for (;;) {
    if (Result<GrantHandle> handle = take(own)) return handle;
    Result<void> grown = grow(own);
    if (grown) continue;  // another CPU of the same share may have been faster
    for (Share& other : shares_)
      if (Result<GrantHandle> handle = take(other)) return handle;
    return Failure{grown.error()};
  }
}

u32 Maptrack::used() const {
  u32 sum = 0;
  for (const Share& share : shares_) sum += share.used.load(std::memory_order_relaxed);
  return sum;
}

void Maptrack::publish(GrantHandle handle) { unclaim(at(handle)); }

void Maptrack::give_back(GrantHandle handle) {
  Share& share = own_share();
  share.free.with([&](FreeList& list) {
    GrantMapping& mapping = at(handle);
    mapping.granter = nullptr;
    mapping.link_or_ref = list.first;
    mapping.state.store(GrantMapping::State::free, std::memory_order_release);
    list.first = handle.raw() + 1;
    share.used.fetch_sub(1, std::memory_order_relaxed);
  });
}

GrantMapping* Maptrack::claim(GrantHandle handle) {
  u32 limit = end();
  if (handle.raw() >= limit) return nullptr;
  GrantMapping& mapping = at(GrantHandle{static_cast<u32>(clamp_index_speculative(handle.raw(), limit))});
  auto live = GrantMapping::State::live;
  // pairs with the release in unclaim(): the fields are those of the mapping that went live
  if (!mapping.state.compare_exchange_strong(live, GrantMapping::State::claimed, std::memory_order_acquire,
                                             std::memory_order_relaxed))
    return nullptr;
  return &mapping;
}

}  // namespace xenolith
