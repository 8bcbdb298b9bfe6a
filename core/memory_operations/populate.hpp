// SPDX-License-Identifier: MIT
// Giving a domain memory at places of its physical map.
#pragma once

#include "core/domain/domain.hpp"

namespace xenolith {

inline constexpr unsigned most_populate_order = 9;

// Allocates 2^order frames (order up to most_populate_order) and puts them at `gfn` (aligned to the order). What was there and
// is RAM stays the domain's, out of its sight. In the hardware domain, the frames that were set aside for these places
// return instead. Fails with ENOMEM, EINVAL (alignment, width; hardware domain: no frame of its own belongs there, or it
// is there already), EPERM (a grant or a device is there). After a failure the domain owns no more than before; some
// of the places may be empty.
Result<void> populate(Domain& domain, Gfn gfn, unsigned order);

}  // namespace xenolith
