// SPDX-License-Identifier: MIT
#include "tools/console/console_ring.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "tools/base/error.hpp"

namespace xenolith::tools::console {

namespace {

constexpr uint32_t out_size = sizeof(xencons_interface::out);
constexpr uint32_t in_size = sizeof(xencons_interface::in);

// Pairs with the domain's barriers: its index is read before its bytes, ours is written after them.
uint32_t load(uint32_t& field) { return std::atomic_ref(field).load(std::memory_order_acquire); }
void store(uint32_t& field, uint32_t value) { std::atomic_ref(field).store(value, std::memory_order_release); }

uint32_t distance(uint32_t producer, uint32_t consumer, uint32_t size) {
  if (producer - consumer > size) fail(EIO, "impossible indices in a console ring");
  return producer - consumer;
}

}  // namespace

bool ConsoleRing::has_output() const { return distance(load(page_->out_prod), load(page_->out_cons), out_size) > 0; }

std::string ConsoleRing::take(size_t most) {
  uint32_t consumer = load(page_->out_cons);
  size_t count = std::min<size_t>(distance(load(page_->out_prod), consumer, out_size), most);
  size_t start = MASK_XENCONS_IDX(consumer, page_->out);
  size_t first = std::min<size_t>(count, out_size - start);
  std::string bytes(page_->out + start, first);
  bytes.append(page_->out, count - first);
  store(page_->out_cons, consumer + static_cast<uint32_t>(count));
  return bytes;
}

size_t ConsoleRing::room() const { return in_size - distance(load(page_->in_prod), load(page_->in_cons), in_size); }

size_t ConsoleRing::put(std::string_view bytes) {
  uint32_t producer = load(page_->in_prod);
  size_t count = std::min<size_t>(in_size - distance(producer, load(page_->in_cons), in_size), bytes.size());
  size_t start = MASK_XENCONS_IDX(producer, page_->in);
  size_t first = std::min<size_t>(count, in_size - start);
  std::memcpy(page_->in + start, bytes.data(), first);
  std::memcpy(page_->in, bytes.data() + first, count - first);
  store(page_->in_prod, producer + static_cast<uint32_t>(count));
  return count;
}

}  // namespace xenolith::tools::console
