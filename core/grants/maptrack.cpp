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

Result<void> Maptrack::grow(FreeList& list) {
  u32 frame = frames_.load(std::memory_order_relaxed);
  if (frame == pages_.size()) return Failure{XEN_ENOSPC};
  void* memory = heap_allocate(frame_bytes, page_size);
  if (!memory) return Failure{XEN_ENOMEM};
  auto* mappings = static_cast<GrantMapping*>(memory);
  for (u32 i = 0; i < mappings_per_frame; ++i) {
    new (mappings + i) GrantMapping();
    mappings[i].link_or_ref = i + 1 < mappings_per_frame ? frame * mappings_per_frame + i + 2 : list.first;
  }
  list.first = frame * mappings_per_frame + 1;
  pages_[frame].store(mappings, std::memory_order_relaxed);
  frames_.store(frame + 1, std::memory_order_release);  // pairs with the acquire in end()
  return {};
}

Result<GrantHandle> Maptrack::allocate() {
  return free_.with([&](FreeList& list) -> Result<GrantHandle> {
    if (list.first == 0) TRY(grow(list));
    GrantHandle handle{list.first - 1};
    GrantMapping& mapping = at(handle);
    list.first = mapping.link_or_ref;
    mapping.state.store(GrantMapping::State::claimed, std::memory_order_relaxed);
    used_.fetch_add(1, std::memory_order_relaxed);
    return handle;
  });
}

void Maptrack::publish(GrantHandle handle) { unclaim(at(handle)); }

void Maptrack::give_back(GrantHandle handle) {
  free_.with([&](FreeList& list) {
    GrantMapping& mapping = at(handle);
    mapping.granter = nullptr;
    mapping.link_or_ref = list.first;
    mapping.state.store(GrantMapping::State::free, std::memory_order_release);
    list.first = handle.raw() + 1;
    used_.fetch_sub(1, std::memory_order_relaxed);
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
