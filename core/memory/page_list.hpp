// SPDX-License-Identifier: MIT
// PageList: the machine frames that a domain owns, and the limits on them.
#pragma once

#include <atomic>

#include "core/base/lock.hpp"
#include "core/base/result.hpp"
#include "core/memory/frame.hpp"

namespace xenolith {

class PageList {
 public:
  explicit PageList(DomainId owner) : owner_{owner} {}

  u64 total() const { return total_.load(std::memory_order_relaxed); }      // frames owned
  u64 maximum() const { return maximum_.load(std::memory_order_relaxed); }  // limit of total()
  void set_maximum(u64 frames) { maximum_.store(frames, std::memory_order_relaxed); }

  // Allocates 2^order scrubbed frames for the domain, naturally aligned; the list holds one reference for each. Fails with
  // ENOMEM (none free, or over the maximum).
  Result<Mfn> allocate(unsigned order);
  // Takes frames that already belong to nobody (boot modules, the hardware domain's memory).
  void adopt(Mfn first, u64 count);
  // Gives `frame` up: removes it from the list and drops the list's reference; it is freed when the caller's and all
  // others are dropped. Once only: a second call for the same frame fails with ENOENT.
  Result<void> release(Frame& frame);
  // Moves ownership to `to` if nobody but the list and the caller holds references (GNTTABOP_transfer).
  Result<void> transfer(Frame& frame, PageList& to);
  // Releases up to `count` frames; false when the list is empty afterwards.
  bool release_some(unsigned count);

 private:
  struct Head {
    u32 first = Frame::no_link;
  };
  Result<void> charge(u64 count);
  void link(Head& head, Frame& frame);
  void unlink(Head& head, Frame& frame);

  DomainId owner_;
  std::atomic<u64> total_{0};
  std::atomic<u64> maximum_{0};
  Locked<Head, LockRank::domain_pages> head_;
};

}  // namespace xenolith
