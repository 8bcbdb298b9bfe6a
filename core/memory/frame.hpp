// SPDX-License-Identifier: MIT
// The frame table: 16 bytes for each machine frame that is or was in use, and counted references to frames.
#pragma once

#include <arch/frame_table.hpp>

#include <atomic>
#include <utility>

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {

class Domain;

// What a machine frame is used for now.
enum class FrameUse : u8 {
  reserved,    // not RAM, or taken before the allocator started
  free,        // in the frame allocator
  free_dirty,  // the same, contents of a former owner not yet scrubbed
  heap_free,   // in the hypervisor's heap, not used
  heap_clean,  // the same, zeroed
  hypervisor,  // heap, page tables, image
  domain,      // a domain's memory (owner is valid)
  shared,      // the hypervisor's, visible to one domain (shared info, grant frames; owner is valid)
};

// One entry of the frame table. Fields have one writer at a time: the allocator while free, the owner's page
// list lock for the links, atomics for the count.
class Frame {
 public:
  static constexpr u32 no_link = ~u32{0};      // end of a list
  static constexpr u32 not_listed = ~u32{0} - 1;  // in Links::previous: in no list

  FrameUse use() const { return use_.load(std::memory_order_acquire); }
  DomainId owner() const { return DomainId{owner_.load(std::memory_order_relaxed)}; }
  u32 count() const { return count_.load(std::memory_order_relaxed); }

  // Hands the frame to its user with one reference (the allocation's own).
  void assign(FrameUse use, DomainId owner) {
    owner_.store(owner.raw(), std::memory_order_relaxed);
    use_.store(use, std::memory_order_relaxed);
    count_.store(1, std::memory_order_release);  // pairs with the acquire in try_get()
  }
  // Takes a reference if the frame is in use by `owner` (or is shared with it) and still referenced.
  bool try_get(DomainId owner) {
    u32 count = count_.load(std::memory_order_relaxed);
    do {
      if (count == 0 || count == ~u32{0}) return false;
    } while (!count_.compare_exchange_weak(count, count + 1, std::memory_order_acquire, std::memory_order_relaxed));
    if (owner_.load(std::memory_order_relaxed) == owner.raw() && use() >= FrameUse::domain) return true;
    put();
    return false;
  }
  // Drops a reference. The last one returns the frame to the allocator; see core/memory/frame.cpp.
  void put() {
    u32 before = count_.fetch_sub(1, std::memory_order_acq_rel);  // pairs with itself: the last put sees all others' writes
    if (before <= 1) [[unlikely]] put_last(before);
  }
  // Takes a further reference; the caller holds one already.
  void get() { count_.fetch_add(1, std::memory_order_relaxed); }
  // Changes the owner if exactly `expected` references exist (GNTTABOP_transfer).
  bool change_owner(DomainId to, u32 expected) {
    if (count_.load(std::memory_order_acquire) != expected) return false;
    owner_.store(to.raw(), std::memory_order_release);
    return true;
  }

  struct Links {
    u32 next, previous;  // frame numbers; a free frame's are the allocator's
  };
  Links links;

  void set_use(FrameUse use) { use_.store(use, std::memory_order_release); }

 private:
  void put_last(u32 before);

  std::atomic<u32> count_;
  std::atomic<u16> owner_;
  std::atomic<FrameUse> use_;

 public:
  u8 order;  // for the allocators: of a free block, kept in its first frame (whose use says that it is free)
};
static_assert(sizeof(Frame) == 16);

// A bit for each page of the frame table: there is memory behind it (FrameTable).
extern u64* backed_frames;

// The table's entry of a frame, or nullptr if the frame is no RAM that was handed out yet. Any context.
inline Frame* frame_entry(Mfn mfn) {
  if (mfn >= arch::frame_table_limit()) return nullptr;
  const u64 page = mfn.raw() / arch::frames_per_table_page;
  // pairs with the release in FrameTable::back()
  if (!(__atomic_load_n(backed_frames + page / 64, __ATOMIC_ACQUIRE) >> page % 64 & 1)) return nullptr;
  return arch::frame_table() + mfn.raw();
}
// The same for a frame that is known to have an entry, because it is allocated or in a list.
inline Frame& known_frame(Mfn mfn) { return arch::frame_table()[mfn.raw()]; }
// The frame of an entry that frame_entry() gave.
inline Mfn frame_number(const Frame& frame) { return Mfn{static_cast<u64>(&frame - arch::frame_table())}; }

// A counted reference to a machine frame: the frame cannot be freed or change owner while it lives.
class FrameRef {
 public:
  constexpr FrameRef() = default;
  // Takes a reference if `mfn` is memory of `owner` now.
  static FrameRef get(Mfn mfn, DomainId owner) {
    Frame* frame = frame_entry(mfn);
    return frame && frame->try_get(owner) ? FrameRef{frame} : FrameRef{};
  }
  static FrameRef adopt(Frame& frame) { return FrameRef{&frame}; }
  FrameRef(FrameRef&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
  FrameRef& operator=(FrameRef&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~FrameRef() {
    if (frame_) frame_->put();
  }

  explicit operator bool() const { return frame_ != nullptr; }
  Mfn mfn() const { return frame_number(*frame_); }
  Frame& entry() const { return *frame_; }
  // Gives up the guard without dropping the reference: somebody else (a page table entry) holds it from now on.
  Mfn release() { return frame_number(*std::exchange(frame_, nullptr)); }

 private:
  explicit FrameRef(Frame* frame) : frame_{frame} {}
  Frame* frame_ = nullptr;
};

}  // namespace xenolith
