// SPDX-License-Identifier: MIT
#include "guests/framework/store_ring.hpp"

#include <atomic>

#include "guests/framework/clock.hpp"

namespace xenolith::guest {
namespace {

// Pairs with the same in xenstored: bytes before their index.
u32 load(XENSTORE_RING_IDX& index) { return std::atomic_ref<u32>{index}.load(); }
void store(XENSTORE_RING_IDX& index, u32 value) { std::atomic_ref<u32>{index}.store(value); }

constexpr u64 slice = milliseconds(100);
constexpr int slices_to_put = 10, slices_to_get = 50;

}  // namespace

bool StoreRing::put(const void* bytes, size_t size) {
  auto* from = static_cast<const char*>(bytes);
  for (int left = slices_to_put; size > 0; ++from, --size) {
    while (load(page().req_prod) - load(page().req_cons) >= XENSTORE_RING_SIZE) {
      if (left-- == 0) return false;
      ring_.notify();
      ring_.wait(slice);
    }
    page().req[MASK_XENSTORE_IDX(page().req_prod)] = *from;
    store(page().req_prod, page().req_prod + 1);
  }
  ring_.notify();
  return true;
}

bool StoreRing::get(void* bytes, size_t size) {
  auto* to = static_cast<char*>(bytes);
  for (int left = slices_to_get; size > 0; --size) {
    while (load(page().rsp_prod) == load(page().rsp_cons)) {
      if (left-- == 0) return false;
      ring_.wait(slice);
    }
    char c = page().rsp[MASK_XENSTORE_IDX(page().rsp_cons)];
    if (to) *to++ = c;
    store(page().rsp_cons, page().rsp_cons + 1);
  }
  ring_.notify();
  return true;
}

bool StoreRing::send(u32 type, u32 transaction, std::string_view body) {
  xsd_sockmsg header{.type = type, .req_id = ++last_request_, .tx_id = transaction, .len = static_cast<u32>(body.size())};
  return put(&header, sizeof header) && put(body.data(), body.size());
}

StoreRing::Answer StoreRing::receive(char* to, size_t size) {
  while (true) {
    xsd_sockmsg header;
    if (!get(&header, sizeof header)) return {};
    size_t kept = header.len < size ? header.len : size;
    if (!get(to, kept) || !get(nullptr, header.len - kept)) return {};
    if (header.type != XS_WATCH_EVENT) return {true, header.type, kept};
  }
}

bool StoreRing::ask(u32 type, u32 transaction, std::string_view body) {
  length_ = 0;
  if (!send(type, transaction, body)) return false;
  Answer answer = receive(text_, sizeof text_);
  length_ = answer.size;
  if (length_ && text_[length_ - 1] == '\0') --length_;
  return answer.came && answer.type != XS_ERROR;
}

u32 StoreRing::begin() {
  if (!ask(XS_TRANSACTION_START, 0, {"", 1})) return 0;
  u32 number = 0;
  for (char c : std::string_view{text_, length_}) number = number * 10 + static_cast<u32>(c - '0');
  return number;
}

}  // namespace xenolith::guest
