// SPDX-License-Identifier: MIT
// The page through which a console daemon serves a serial line: <xen/io/console.h>, the hypervisor being the guest's side. The daemon and the
// guest can write it at any time: indices are taken as they are, and only ever used within the rings.
#pragma once

#include <atomic>
#include <optional>

#include "core/base/interface.hpp"

extern "C" {
#include <xen/io/console.h>
}

namespace xenolith::vuart::console_page {

// Both sides pair with the daemon's barriers: bytes before the index that tells of them.
inline XENCONS_RING_IDX look(XENCONS_RING_IDX& index) { return std::atomic_ref{index}.load(std::memory_order_seq_cst); }

// How much there is room for before the daemon has to read. Indices further apart than the ring is long are nobody's but a vandal's: then
// nothing waits.
inline size_t room(xencons_interface& page) {
  size_t used = look(page.out_prod) - look(page.out_cons);
  return used > sizeof(page.out) ? sizeof(page.out) : sizeof(page.out) - used;
}

inline void put(xencons_interface& page, char c) {
  if (room(page) == 0) return;
  XENCONS_RING_IDX at = look(page.out_prod);
  std::atomic_ref{page.out[MASK_XENCONS_IDX(at, page.out)]}.store(c, std::memory_order_relaxed);
  std::atomic_ref{page.out_prod}.store(at + 1, std::memory_order_seq_cst);
}

inline std::optional<char> take(xencons_interface& page) {
  XENCONS_RING_IDX at = look(page.in_cons);
  if (at == look(page.in_prod)) return std::nullopt;
  char c = std::atomic_ref{page.in[MASK_XENCONS_IDX(at, page.in)]}.load(std::memory_order_relaxed);
  std::atomic_ref{page.in_cons}.store(at + 1, std::memory_order_seq_cst);
  return c;
}

}  // namespace xenolith::vuart::console_page
