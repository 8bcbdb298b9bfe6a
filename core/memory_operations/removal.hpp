// SPDX-License-Identifier: MIT
// Removal: frames that leave a domain's physical map, several with one flush, and putting frames into it.
#pragma once

#include <array>

#include "core/domain/domain.hpp"

namespace xenolith {

// What becomes of the domain's own RAM when its entry goes.
enum class Fate : u8 {
  give_up,  // the domain gives it up; the hardware domain's is set aside instead
  keep,     // the domain goes on owning it, nowhere in its map
};

class Removal {
 public:
  explicit Removal(Domain& domain) : domain_{domain} {}
  ~Removal() { finish(); }
  Removal(const Removal&) = delete;
  Removal& operator=(const Removal&) = delete;

  // Takes away the domain's own RAM at `gfn`. Fails with EINVAL (no RAM there), ENOMEM (page tables).
  Result<void> remove_ram(Gfn gfn);
  // Takes away whatever is at `gfn` and may be taken; own RAM is kept. Fails with ENOENT (nothing there), EPERM (a grant or
  // a device), ENOMEM.
  Result<void> remove(Gfn gfn);
  // Puts `frame` at `gfn`; own RAM that was there is given up. The reference goes to the entry if `type` has one, else it is
  // dropped. Fails with EPERM (a grant or a device is there), EINVAL (no such gfn), ENOMEM; nothing has changed then.
  Result<void> put(Gfn gfn, FrameRef frame, P2mType type);
  // Flushes, then lets go of the frames.
  void finish();

 private:
  static constexpr unsigned capacity = 32;

  Result<void> replace(Gfn gfn, const arch::P2m::Look& old, Mfn mfn, P2mType type, Fate fate);
  void give_up(FrameRef frame);

  Domain& domain_;
  FlushDebt debt_;
  unsigned count_ = 0;
  std::array<Frame*, capacity> given_up_;  // the first `count_`: references of its own
};

}  // namespace xenolith
