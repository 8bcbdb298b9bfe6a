// SPDX-License-Identifier: MIT
// Which pages of the frame table have memory behind them.
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {

class FrameTable {
 public:
  // Boot time: room for frames below arch::frame_table_limit(); `bitmap` has a zeroed bit for each table page.
  static void initialise(u64* bitmap);
  static constexpr u64 bitmap_bytes(Mfn limit) { return (limit.raw() / 256 / 64 + 1) * 8; }
  // Backs the table page that holds the entry of `mfn`, if it is not yet. Fails with ENOMEM.
  static Result<void> back(Mfn mfn);
};

}  // namespace xenolith
