// SPDX-License-Identifier: MIT
#include "core/events/fifo_array.hpp"

namespace xenolith {

void FifoArray::add_page(GuestPage page) {
  u32 first = size();
  words_[first / words_per_page] = page.as<event_word_t>();
  pages_[first / words_per_page] = std::move(page);
  size_.store(first + words_per_page, std::memory_order_seq_cst);
}

bool FifoArray::link_behind(Port tail, Port port) const {
  event_word_t* word = this->word(tail);
  if (!word || !guest_test(word, EVTCHN_FIFO_LINKED)) return false;
  // The link of the last event is 0. Pairs with the guest's compare-and-swap that takes the event and its link at once.
  event_word_t before = __atomic_fetch_or(word, port.raw(), __ATOMIC_SEQ_CST);
  if (before & 1u << EVTCHN_FIFO_LINKED) return true;
  // Taken in between: it is linked again by nobody before the caller releases its queue, and must then have no link.
  __atomic_fetch_and(word, static_cast<event_word_t>(~EVTCHN_FIFO_LINK_MASK), __ATOMIC_SEQ_CST);
  return false;
}

}  // namespace xenolith
