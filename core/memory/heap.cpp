// SPDX-License-Identifier: MIT
// The hypervisor's heap. Pages come in blocks of 2 MiB from the frame allocator, mapped while the heap has them, and are
// handed out by order; objects up to half a page share pages by size class. See docs/memory.md.
#include <arch/heap.hpp>
#include <arch/mapping.hpp>

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "core/base/intrusive.hpp"
#include "core/base/lock.hpp"
#include "core/base/own.hpp"
#include "core/memory/frame_allocator.hpp"
#include "core/memory/free_lists.hpp"

namespace xenolith {
namespace {

constexpr unsigned block_order = 9;
constexpr unsigned smallest_shift = 5;   // 32 bytes
constexpr unsigned largest_shift = 11;   // 2 KiB
constexpr unsigned classes = largest_shift - smallest_shift + 1;
constexpr unsigned scrub_order = 6;      // pages zeroed in one step
constexpr u64 spare_frames = u64{1} << block_order;  // kept free rather than given back

struct FreeObject {
  FreeObject* next;
};

// At the start of each page that objects share; takes the place of one object or more.
struct SlabPage : boost::intrusive::list_base_hook<> {
  FreeObject* free = nullptr;
  u16 used = 0;
  u16 size_class = 0;
};

struct Heap {
  FreeLists pages{FrameUse::heap_free, block_order};
  FreeLists clean{FrameUse::heap_clean, block_order};  // zeroed by idle CPUs
  std::array<boost::intrusive::list<SlabPage, boost::intrusive::constant_time_size<false>>, classes> partial;
  u64 shared_pages = 0;
  u64 object_bytes = 0;  // of those in use, as much as their class gives
};

using LockedHeap = Locked<Heap, LockRank::heap, IrqSafety::interrupt>;

LockedHeap& heap() {
  alignas(LockedHeap) static constinit std::byte storage[sizeof(LockedHeap)]{};
  static constinit LockedHeap* built = nullptr;
  if (!built) built = new (storage) LockedHeap;  // first use is at boot, on one CPU
  return *built;
}

unsigned order_for(size_t size) { return static_cast<unsigned>(std::bit_width(frames_for(size) - 1)); }
unsigned class_for(size_t size) {
  unsigned shift = static_cast<unsigned>(std::bit_width(size - 1));
  return (shift < smallest_shift ? smallest_shift : shift) - smallest_shift;
}
constexpr size_t class_size(unsigned size_class) { return size_t{1} << (size_class + smallest_shift); }

// A block of 2 MiB more, or where memory is short or in pieces, one page. The heap's lock is not held: the frame allocator
// and the page tables have their own.
bool grow(unsigned order) {
  for (unsigned piece : {block_order, order}) {
    Result<Mfn> block = FrameAllocator::allocate(piece, Contents::any, arch::heap_address_bits);
    if (!block) continue;
    if (arch::map_heap(*block, piece).failed()) {
      FrameAllocator::free(*block, piece);
      return false;
    }
    heap().with([&](Heap& h) { h.pages.put(*block, piece); });
    return true;
  }
  return false;
}

struct Piece {
  void* memory = nullptr;
  bool is_zero = false;
};

Piece take_pages(Heap& h, unsigned order, bool wants_zero) {
  FreeLists* lists[] = {&h.pages, &h.clean};
  if (wants_zero) std::swap(lists[0], lists[1]);
  FreeLists* from = lists[0];
  Mfn first = from->take(order);
  if (first == invalid_mfn) first = (from = lists[1])->take(order);
  if (first == invalid_mfn) return {};
  for (u64 i = 0; i < u64{1} << order; ++i) known_frame(first + i).set_use(FrameUse::hypervisor);
  return {arch::heap_address(first), from == &h.clean};
}

void put_pages(Heap& h, void* memory, unsigned order) { h.pages.put(arch::heap_frame(memory), order); }

SlabPage* new_slab(Heap& h, unsigned size_class) {
  void* memory = take_pages(h, 0, false).memory;
  if (!memory) return nullptr;
  auto* page = new (memory) SlabPage;
  page->size_class = static_cast<u16>(size_class);
  size_t size = class_size(size_class);
  size_t first = (sizeof(SlabPage) + size - 1) / size * size;
  for (size_t at = page_size - size; at >= first; at -= size) {
    auto* object = reinterpret_cast<FreeObject*>(static_cast<std::byte*>(memory) + at);
    object->next = page->free;
    page->free = object;
  }
  h.partial[size_class].push_front(*page);
  ++h.shared_pages;
  return page;
}

void* take_object(Heap& h, unsigned size_class) {
  auto& partial = h.partial[size_class];
  SlabPage* page = partial.empty() ? new_slab(h, size_class) : &partial.front();
  if (!page) return nullptr;
  FreeObject* object = page->free;
  page->free = object->next;
  ++page->used;
  h.object_bytes += class_size(size_class);
  if (!page->free) partial.erase(partial.iterator_to(*page));
  return object;
}

void put_object(Heap& h, void* memory) {
  auto* page = reinterpret_cast<SlabPage*>(reinterpret_cast<u64>(memory) & ~page_mask);
  auto& partial = h.partial[page->size_class];
  if (!page->free) partial.push_front(*page);
  auto* object = static_cast<FreeObject*>(memory);
  object->next = page->free;
  page->free = object;
  h.object_bytes -= class_size(page->size_class);
  if (--page->used > 0) return;
  partial.erase(partial.iterator_to(*page));
  --h.shared_pages;
  put_pages(h, page, 0);
}

bool shares_page(size_t size) { return size <= class_size(classes - 1); }

}  // namespace

void* heap_allocate(size_t size, size_t alignment) {
  if (size == 0) size = 1;
  size_t needed = size < alignment ? alignment : size;  // objects of a class are aligned to their size
  bool shared = shares_page(needed);
  for (;;) {
    Piece piece = heap().with([&](Heap& h) {
      return shared ? Piece{take_object(h, class_for(needed))} : take_pages(h, order_for(needed), true);
    });
    if (piece.memory) {
      if (!piece.is_zero) std::memset(piece.memory, 0, size);
      return piece.memory;
    }
    if (!grow(shared ? 0 : order_for(needed))) return nullptr;
  }
}

// `size` may be smaller than the alignment that was asked for: a page-aligned address can only be a whole page, because
// the first object of a shared page lies behind its header.
void heap_free(void* memory, size_t size) {
  if (!memory) return;
  bool whole = !shares_page(size) || (reinterpret_cast<u64>(memory) & page_mask) == 0;
  heap().with([&](Heap& h) {
    if (whole) put_pages(h, memory, order_for(size == 0 ? 1 : size));
    else put_object(h, memory);
  });
}

bool heap_trim_step() {
  Mfn block = heap().with([](Heap& h) {
    if (h.pages.frames() + h.clean.frames() < 2 * spare_frames) return invalid_mfn;
    Mfn dirty = h.pages.take(block_order);
    return dirty != invalid_mfn ? dirty : h.clean.take(block_order);
  });
  if (block == invalid_mfn) return false;
  arch::unmap_heap(block, block_order);
  FrameAllocator::free(block, block_order);
  return true;
}

bool heap_scrub_step() {
  unsigned order = 0;
  Mfn first = heap().with([&](Heap& h) { return h.pages.take_any(scrub_order, order); });
  if (first == invalid_mfn) return false;
  std::memset(arch::heap_address(first), 0, page_size << order);
  heap().with([&](Heap& h) { h.clean.put(first, order); });
  return true;
}

u64 heap_free_frames() {
  return heap().with([](Heap& h) { return h.pages.frames() + h.clean.frames(); });
}

u64 heap_free_object_bytes() {
  return heap().with([](Heap& h) { return h.shared_pages * page_size - h.object_bytes; });
}

}  // namespace xenolith
