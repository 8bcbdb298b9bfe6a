// SPDX-License-Identifier: MIT
#include "tools/devd/abandoned_ring.hpp"

#include <sys/mman.h>

#include <atomic>
#include <memory>

#include "tools/base/error.hpp"
#include "tools/control/event_channels.hpp"
#include "tools/control/interface.hpp"

extern "C" {
#include <xen/io/ring.h>

#include <xen/io/blkif.h>
#include <xengnttab.h>
}

namespace xenolith::tools {
namespace {

constexpr uint32_t slots = __CONST_RING_SIZE(blkif, page_size);
static_assert(sizeof(blkif_sring_entry) == 112 && slots == 32);

// Only the guest's kernel looks at the ring besides; its index is read before its requests, ours is written after the answers.
uint32_t load(uint32_t& field) { return std::atomic_ref(field).load(std::memory_order_acquire); }
void store(uint32_t& field, uint32_t value) { std::atomic_ref(field).store(value, std::memory_order_release); }

blkif_response error_for(const blkif_request& request) {
  blkif_response answer{};
  answer.id = request.id;
  answer.operation = request.operation;
  // What is in pages beside the ring has its operation in the second byte.
  if (request.operation == BLKIF_OP_INDIRECT) answer.operation = request.nr_segments;
  answer.status = BLKIF_RSP_ERROR;
  return answer;
}

struct CloseGrants {
  void operator()(xengntdev_handle* handle) const { xengnttab_close(handle); }
};

}  // namespace

size_t fail_requests(std::span<std::byte, page_size> page) {
  auto& ring = *reinterpret_cast<blkif_sring*>(page.data());
  uint32_t answered = load(ring.rsp_prod), asked = load(ring.req_prod);
  if (asked - answered > slots) return 0;
  for (uint32_t i = answered; i != asked; ++i) {
    blkif_sring_entry& entry = ring.ring[i % slots];
    const blkif_request request = entry.req;
    entry.rsp = error_for(request);
  }
  store(ring.rsp_prod, asked);
  return asked - answered;
}

size_t fail_requests_of(DomainId guest, GrantRef ring, Port port) {
  std::unique_ptr<xengntdev_handle, CloseGrants> grants(xengnttab_open(nullptr, 0));
  if (!grants) fail_errno("cannot map guests' grants: opening /dev/xen/gntdev");
  void* page = xengnttab_map_grant_ref(grants.get(), guest.value(), ring.value(), PROT_READ | PROT_WRITE);
  if (!page) fail_errno("mapping grant {} of domain {}", ring, guest);
  size_t count = fail_requests(std::span<std::byte, page_size>(static_cast<std::byte*>(page), page_size));
  xengnttab_unmap(grants.get(), page, 1);
  if (count == 0) return 0;
  EventChannels events;
  Port own = events.bind_interdomain(guest, port);
  events.notify(own);
  events.unbind(own);
  return count;
}

}  // namespace xenolith::tools
