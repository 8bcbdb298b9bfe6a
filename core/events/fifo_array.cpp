// SPDX-License-Identifier: MIT
#include "core/events/fifo_array.hpp"

namespace xenolith {
namespace {
constexpr unsigned attempts = 4;  // the published design's bound
enum class Outcome { linked, not_in_queue, changed };

Outcome try_link(event_word_t* word, Port port) {
  event_word_t seen = __atomic_load_n(word, __ATOMIC_SEQ_CST);
  if (!(seen & 1u << EVTCHN_FIFO_LINKED)) return Outcome::not_in_queue;
  event_word_t wanted = (seen & ~(1u << EVTCHN_FIFO_BUSY | EVTCHN_FIFO_LINK_MASK)) | port.raw();
  // pairs with the guest's exchange that takes the event out of its queue
  bool done = __atomic_compare_exchange_n(word, &seen, wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return done ? Outcome::linked : Outcome::changed;
}

Outcome try_link_some_times(event_word_t* word, Port port) {
  Outcome outcome = Outcome::changed;
  for (unsigned n = 0; n < attempts && outcome == Outcome::changed; ++n) outcome = try_link(word, port);
  return outcome;
}
}  // namespace

void FifoArray::add_page(GuestPage page) {
  u32 first = size();
  words_[first / words_per_page] = page.as<event_word_t>();
  pages_[first / words_per_page] = std::move(page);
  size_.store(first + words_per_page, std::memory_order_seq_cst);
}

bool FifoArray::link_behind(Port tail, Port port) const {
  event_word_t* word = this->word(tail);
  if (!word) return false;
  Outcome outcome = try_link_some_times(word, port);
  if (outcome == Outcome::changed) {
    // BUSY asks the guest not to change the word's mask until it is gone again.
    guest_test_and_set(word, EVTCHN_FIFO_BUSY);
    outcome = try_link_some_times(word, port);
    if (outcome != Outcome::linked) guest_test_and_clear(word, EVTCHN_FIFO_BUSY);
  }
  return outcome != Outcome::not_in_queue;
}

}  // namespace xenolith
