// SPDX-License-Identifier: MIT
#include "tools/xenstored/ring.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "tools/base/error.hpp"

namespace xenolith::tools::xenstored {

namespace {

constexpr uint32_t ring_size = XENSTORE_RING_SIZE;

// Pairs with the other domain's barriers: its index is read before its bytes, ours is written after them.
uint32_t load(uint32_t& field) { return std::atomic_ref(field).load(std::memory_order_acquire); }
void store(uint32_t& field, uint32_t value) { std::atomic_ref(field).store(value, std::memory_order_release); }

// Bytes between two indices of a ring.
uint32_t distance(uint32_t producer, uint32_t consumer) {
  if (producer - consumer > ring_size) fail(EIO, "impossible indices in a xenstore ring");
  return producer - consumer;
}

}  // namespace

uint32_t StoreRing::requests() const { return distance(load(page_->req_prod), load(page_->req_cons)); }

bool StoreRing::has_requests() const { return requests() > 0; }

std::string StoreRing::take(size_t most) {
  uint32_t consumer = load(page_->req_cons);
  size_t count = std::min<size_t>(distance(load(page_->req_prod), consumer), most);
  size_t start = MASK_XENSTORE_IDX(consumer);
  size_t first = std::min<size_t>(count, ring_size - start);
  std::string bytes(page_->req + start, first);
  bytes.append(page_->req, count - first);
  store(page_->req_cons, consumer + static_cast<uint32_t>(count));
  return bytes;
}

size_t StoreRing::put(std::string_view bytes) {
  uint32_t producer = load(page_->rsp_prod);
  size_t room = ring_size - distance(producer, load(page_->rsp_cons));
  size_t count = std::min(room, bytes.size());
  size_t start = MASK_XENSTORE_IDX(producer);
  size_t first = std::min<size_t>(count, ring_size - start);
  std::memcpy(page_->rsp + start, bytes.data(), first);
  std::memcpy(page_->rsp, bytes.data() + first, count - first);
  store(page_->rsp_prod, producer + static_cast<uint32_t>(count));
  return count;
}

bool StoreRing::wants_reconnection() const { return load(page_->connection) == XENSTORE_RECONNECT; }

void StoreRing::reconnect() {
  for (uint32_t* index : {&page_->req_cons, &page_->req_prod, &page_->rsp_cons, &page_->rsp_prod}) store(*index, 0);
  store(page_->error, XENSTORE_ERROR_NONE);
  announce_features();
  store(page_->connection, XENSTORE_CONNECTED);
}

void StoreRing::announce_features() {
  store(page_->server_features, XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR);
}

void StoreRing::set_error(uint32_t error) { store(page_->error, error); }

}  // namespace xenolith::tools::xenstored
