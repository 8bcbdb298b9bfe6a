// SPDX-License-Identifier: MIT
// Placing frames of the map spaces (XENMAPSPACE_*) in a domain's physical map.
#pragma once

#include "core/memory_operations/removal.hpp"

namespace xenolith {

// What is to be placed: `index` of the space. `foreign`: whose frame it is, for XENMAPSPACE_gmfn_foreign only.
struct Source {
  u32 space;
  u64 index;
  Domain* foreign;
};

// The domain whose frames `mapper` may place in its own map. Fails with EINVAL (itself), ESRCH, EPERM (not under its control).
Result<Domain*> foreign_source(Domain& mapper, domid_t id);

// Places it at `gfn` in `domain`, which `removal` is for. RAM of the domain that was there is given up. A shared info or
// grant frame is at one place at a time: it leaves the former one. Fails with EINVAL (no such index, space or gfn), EPERM (a
// grant or a device is at gfn; moving RAM in the hardware domain, which is identity-mapped), ENOMEM.
Result<void> place(Removal& removal, Domain& domain, const Source& source, Gfn gfn);

// Maps the frame of another domain at `gfn`, with a reference of the entry's own.
Result<void> place_foreign_frame(Removal& removal, Gfn gfn, FrameRef frame);

}  // namespace xenolith
