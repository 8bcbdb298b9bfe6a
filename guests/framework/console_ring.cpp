// SPDX-License-Identifier: MIT
#include "guests/framework/console_ring.hpp"

#include <atomic>

#include "guests/framework/clock.hpp"

namespace xenolith::guest {
namespace {

// Pairs with the same in xenconsoled: bytes before their index.
u32 load(XENCONS_RING_IDX& index) { return std::atomic_ref<u32>{index}.load(); }
void store(XENCONS_RING_IDX& index, u32 value) { std::atomic_ref<u32>{index}.store(value); }

}  // namespace

void ConsoleRing::write(std::string_view text) {
  for (char c : text) {
    while (load(page().out_prod) - load(page().out_cons) >= sizeof page().out) {
      ring_.notify();
      ring_.wait(milliseconds(100));
    }
    page().out[MASK_XENCONS_IDX(page().out_prod, page().out)] = c;
    store(page().out_prod, page().out_prod + 1);
  }
  ring_.notify();
}

size_t ConsoleRing::read(char* to, size_t size, u64 limit) {
  if (load(page().in_prod) == load(page().in_cons)) ring_.wait(limit);
  size_t count = 0;
  for (; count < size && load(page().in_prod) != load(page().in_cons); ++count) {
    to[count] = page().in[MASK_XENCONS_IDX(page().in_cons, page().in)];
    store(page().in_cons, page().in_cons + 1);
  }
  if (count) ring_.notify();
  return count;
}

}  // namespace xenolith::guest
