// SPDX-License-Identifier: MIT
// The ring of a disk whose backend has died: somebody must answer the requests that were on their way, or the guest waits for
// them for ever, even when it takes the disk away.
#pragma once

#include <cstddef>
#include <span>

#include "tools/control/types.hpp"

namespace xenolith::tools {

// Answers all requests of a block ring (one page, the protocol of 64-bit x86) with an error; returns how many. They are those behind
// the last answer: the backend's own index died with it. A backend that had answered a later request before an earlier one leaves
// the earlier one unknown, as its answer lies where that was; Linux then switches the disk off when it is told twice of the later.
// A ring whose indices are impossible is left alone.
size_t fail_requests(std::span<std::byte, page_size> ring);

// The same for a running guest's ring, by its grant and its event channel. Throws Error.
size_t fail_requests_of(DomainId guest, GrantRef ring, Port port);

}  // namespace xenolith::tools
