// SPDX-License-Identifier: MIT
// FreeLists: free blocks of 2^order frames, linked through their frame table entries; the logic of a buddy
// allocator without the policy. Not synchronised.
#pragma once

#include <array>

#include "core/base/units.hpp"
#include "core/memory/frame.hpp"

namespace xenolith {

class FreeLists {
 public:
  static constexpr unsigned max_order = 18;

  // Blocks in these lists carry `mark` as use; no merging above order `limit`.
  constexpr FreeLists(FrameUse mark, unsigned limit) : mark_{mark}, limit_{limit} { heads_.fill(Frame::no_link); }

  // Adds a block, merged with its free buddies. Returns the order of the block that resulted.
  unsigned put(Mfn first, unsigned order);
  // Takes a block of the order, splitting a larger one if there is none; invalid_mfn if neither.
  Mfn take(unsigned order);
  // Takes out the largest block there is, at most of order `limit`; invalid_mfn when empty.
  Mfn take_any(unsigned limit, unsigned& order);
  u64 frames() const { return frames_; }

 private:
  void link(Mfn first, unsigned order);
  void unlink(Mfn first, unsigned order);

  FrameUse mark_;
  unsigned limit_;
  u64 frames_ = 0;
  std::array<u32, max_order + 1> heads_{};
};

}  // namespace xenolith
