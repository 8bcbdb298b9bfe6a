// SPDX-License-Identifier: MIT
#include <arch/frame_table.hpp>
#include <arch/mapping.hpp>

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include "arch/host/fake_machine.hpp"
#include "core/base/log.hpp"
#include "core/memory/frame.hpp"
#include "core/base/own.hpp"
#include "core/memory/frame_allocator.hpp"
#include "core/memory/frame_table.hpp"

namespace xenolith {
namespace fake {
namespace {
constexpr Mfn limit = arena_first + arena_frames;

struct Arena {
  std::byte* memory;
  Frame* table;
  std::vector<u64> bitmap;
  std::mutex guard;
  std::vector<bool> heap_used = std::vector<bool>(arena_frames / 2);

  Arena() {
    memory = static_cast<std::byte*>(std::aligned_alloc(2u << 20, arena_frames * page_size));
    table = static_cast<Frame*>(std::calloc(limit.raw(), sizeof(Frame)));
    bitmap.resize(FrameTable::bitmap_bytes(limit) / 8);
  }
};

Arena& arena() {
  static Arena& the = *[] {
    auto* made = new Arena;
    return made;
  }();
  return the;
}

// The allocator is filled on first use of the machine, whoever comes first.
struct Start {
  Start() {
    FrameTable::initialise(arena().bitmap.data());
    FrameAllocator::add(domain_first, limit);
    for (Mfn mfn = arena_first; mfn < domain_first; mfn += arch::frames_per_table_page)
      static_cast<void>(FrameTable::back(mfn).failed());
  }
};
const Start start;
}  // namespace

std::byte* arena_address(Mfn mfn) { return arena().memory + (mfn - arena_first) * page_size; }
bool in_arena(Mfn mfn) { return mfn >= arena_first && mfn < limit; }
Mfn arena_frame(const void* address) {
  auto* at = static_cast<const std::byte*>(address);
  if (at < arena().memory || at >= arena().memory + arena_frames * page_size) return invalid_mfn;
  return arena_first + static_cast<u64>(at - arena().memory) / page_size;
}

void* allocate_heap_pages(u64 pages, u64 alignment) {
  Arena& a = arena();
  std::lock_guard hold{a.guard};
  for (u64 first = 0; first + pages <= a.heap_used.size(); first += alignment) {
    bool free = true;
    for (u64 i = 0; i < pages; ++i) free = free && !a.heap_used[first + i];
    if (!free) continue;
    for (u64 i = 0; i < pages; ++i) a.heap_used[first + i] = true;
    return a.memory + first * page_size;
  }
  return nullptr;
}

void free_heap_pages(void* memory, u64 pages) {
  Arena& a = arena();
  std::lock_guard hold{a.guard};
  u64 first = static_cast<u64>(static_cast<std::byte*>(memory) - a.memory) / page_size;
  for (u64 i = 0; i < pages; ++i) a.heap_used[first + i] = false;
}
}  // namespace fake

namespace arch {
Frame* frame_table() { return fake::arena().table; }
Result<void> back_frame_table(Mfn) { return {}; }
bool table_memory_is_low() { return false; }
void give_table_memory(Mfn) {}
Mfn frame_table_limit() { return fake::limit; }
void scrub_frames(Mfn first, u64 count) {
  std::memset(fake::arena_address(first), 0, count * page_size);
  fake::scrubbed_frames += count;
}

std::byte* open_window(Mfn mfn) {
  if (!fake::in_arena(mfn)) panic("mapping of mfn {:#x}, which does not exist", mfn);
  return fake::arena_address(mfn);
}
void close_window(std::byte*) {}

Result<GlobalMapping> GlobalMapping::create(Mfn mfn) {
  void* probe = heap_allocate(8, 8);  // page tables may run out
  if (!probe) return Failure{XEN_ENOMEM};
  heap_free(probe, 8);
  GlobalMapping mapping;
  mapping.bytes_ = fake::arena_address(mfn);
  return mapping;
}
void GlobalMapping::unmap() { bytes_ = nullptr; }

Mfn heap_frame(const void* address) { return fake::arena_frame(address); }
void* heap_address(Mfn mfn) { return fake::arena_address(mfn); }
}  // namespace arch
}  // namespace xenolith
