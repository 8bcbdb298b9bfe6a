// SPDX-License-Identifier: MIT
// The rings of a disk whose backend has died: somebody must answer the requests that were on their way, or the guest waits for
// them for ever, even when it takes the disk away.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "tools/base/task.hpp"
#include "tools/toolstack/device_record.hpp"

namespace xenolith::tools {

// Answers all requests of a block ring (a power of two of pages, the protocol of 64-bit guests) with an error; returns how many.
// They are those behind the last answer: the backend's own index died with it. A backend that had answered a later request before an
// earlier one leaves the earlier one unknown, as its answer lies where that was; Linux then switches the disk off when it is told twice
// of the later. A ring whose indices are impossible is left alone.
size_t fail_requests(std::span<std::byte> ring);

// A ring as the frontend describes it.
struct DiskRing {
  std::vector<GrantRef> pages;
  Port port;  // the frontend's
};

// The rings of a disk, one or one for each queue; none when the frontend has not described any, or has its protocol's 32-bit form. The
// guest wrote them: the numbers may be anything.
std::vector<DiskRing> rings_of(const StoreView& store, const Device& disk);

// Answers the requests of a ring that was granted to this domain, and sends the event. Throws Error.
size_t fail_requests_of(DomainId guest, const DiskRing& ring);

// Waits until a frontend has closed, and so makes no more requests, or is gone; at most so long.
Task<> wait_until_frontend_closed(EventLoop& loop, XenStore& store, Device device, std::chrono::milliseconds patience);

}  // namespace xenolith::tools
