// SPDX-License-Identifier: MIT
#include "tools/toolstack/disk_rings.hpp"

#include <sys/mman.h>

#include <atomic>
#include <bit>
#include <charconv>
#include <memory>

#include "tools/base/error.hpp"
#include "tools/base/join.hpp"
#include "tools/control/event_channels.hpp"
#include "tools/control/interface.hpp"
#include "tools/xenstore/wait.hpp"

extern "C" {
#include <xen/io/ring.h>

#include <xen/io/blkif.h>
#include <xengnttab.h>
}

namespace xenolith::tools {
namespace {

static_assert(sizeof(blkif_sring_entry) == 112 && offsetof(blkif_sring, ring) == 64);
// What of a guest's description is believed: more queues than any frontend has, and rings of 16 pages, the most that Linux offers.
constexpr uint32_t most_queues = 256, most_order = 4;

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

std::optional<uint32_t> number_in(const std::optional<std::string>& text) {
  uint32_t value = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ptr != text->data() + text->size()) return std::nullopt;
  return value;
}

// A queue's nodes: event-channel, and ring-ref for one page or ring-ref0, ring-ref1 and so on.
std::optional<DiskRing> ring_in(const StoreView& store, const std::string& directory, uint32_t order) {
  DiskRing ring;
  auto port = number_in(store.find(directory + "/event-channel"));
  if (!port) return std::nullopt;
  ring.port = Port(*port);
  for (uint32_t i = 0; i < 1u << order; ++i) {
    auto grant = number_in(store.find(directory + (order == 0 ? "/ring-ref" : fmt::format("/ring-ref{}", i))));
    if (!grant) return std::nullopt;
    ring.pages.push_back(GrantRef(*grant));
  }
  return ring;
}

struct CloseGrants {
  void operator()(xengntdev_handle* handle) const { xengnttab_close(handle); }
};

}  // namespace

size_t fail_requests(std::span<std::byte> pages) {
  auto& ring = *reinterpret_cast<blkif_sring*>(pages.data());
  const auto slots = static_cast<uint32_t>(std::bit_floor((pages.size() - offsetof(blkif_sring, ring)) / sizeof(blkif_sring_entry)));
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

std::vector<DiskRing> rings_of(const StoreView& store, const Device& disk) {
  std::string frontend = frontend_path(disk);
  std::string protocol = store.find(frontend + "/protocol").value_or("");
  if (protocol != "x86_64-abi" && protocol != "arm-abi") return {};
  uint32_t order = number_in(store.find(frontend + "/ring-page-order")).value_or(0);
  auto queues = number_in(store.find(frontend + "/multi-queue-num-queues"));
  if (order > most_order) return {};
  std::vector<DiskRing> rings;
  for (uint32_t i = 0; i < std::min(queues.value_or(1), most_queues); ++i)
    if (auto ring = ring_in(store, queues ? fmt::format("{}/queue-{}", frontend, i) : frontend, order)) rings.push_back(std::move(*ring));
  return rings;
}

size_t fail_requests_of(DomainId guest, const DiskRing& ring) {
  std::unique_ptr<xengntdev_handle, CloseGrants> grants(xengnttab_open(nullptr, 0));
  if (!grants) fail_errno("cannot map guests' grants: opening /dev/xen/gntdev");
  std::vector<uint32_t> references;
  for (GrantRef page : ring.pages) references.push_back(page.value());
  auto count = static_cast<uint32_t>(references.size());
  void* pages = xengnttab_map_domain_grant_refs(grants.get(), count, guest.value(), references.data(), PROT_READ | PROT_WRITE);
  if (!pages) fail_errno("mapping grant {} of domain {}", references.front(), guest);
  size_t failed = fail_requests({static_cast<std::byte*>(pages), count * page_size});
  xengnttab_unmap(grants.get(), pages, count);
  if (failed == 0) return 0;
  EventChannels events;
  Port own = events.bind_interdomain(guest, ring.port);
  events.notify(own);
  events.unbind(own);
  return failed;
}

Task<> wait_until_frontend_closed(EventLoop& loop, XenStore& store, Device device, std::chrono::milliseconds patience) {
  auto closed = [&store, device] {
    return !frontend_exists(store, device) || read_state(store, frontend_path(device)) == DeviceState::closed;
  };
  co_await within(loop, patience, wait_until(loop, store, frontend_path(device) + "/state", closed));
}

}  // namespace xenolith::tools
