// SPDX-License-Identifier: MIT
// FifoArray: the event words of a domain that uses the FIFO ABI, in pages that the guest gave one by one.
#pragma once

#include <array>
#include <atomic>

#include "core/base/bits.hpp"
#include "core/base/interface.hpp"
#include "core/events/channel.hpp"
#include "core/events/guest_bits.hpp"
#include "core/events/guest_page.hpp"

namespace xenolith {

class FifoArray {
 public:
  static constexpr u32 words_per_page = page_size / sizeof(event_word_t);
  static constexpr u32 most_pages = EVTCHN_FIFO_NR_CHANNELS / words_per_page;

  // Ports below this number have a word.
  u32 size() const { return size_.load(std::memory_order_seq_cst); }  // pairs with add_page() and the early flag
  // The word of a port, or nullptr while the guest has not given its page.
  event_word_t* word(Port port) const {
    if (port.raw() >= size()) return nullptr;
    u64 index = clamp_index_speculative(port.raw(), EVTCHN_FIFO_NR_CHANNELS);
    return words_[index / words_per_page] + index % words_per_page;
  }
  bool has_room() const { return size() < EVTCHN_FIFO_NR_CHANNELS; }
  // Adds the words of the next ports; has_room(). Under the table's lock.
  void add_page(GuestPage page);

  // Makes `port` follow `tail`, which has no link, if the guest has not taken `tail` from its queue. At most three atomic
  // accesses, whatever the guest writes meanwhile: BUSY is not needed. Under the lock of the queue whose tail it is.
  bool link_behind(Port tail, Port port) const;

  bool is_pending(Port port) const { return test(port, EVTCHN_FIFO_PENDING); }
  bool is_masked(Port port) const { return test(port, EVTCHN_FIFO_MASKED); }
  bool is_linked(Port port) const { return test(port, EVTCHN_FIFO_LINKED); }

 private:
  bool test(Port port, unsigned bit) const {
    event_word_t* word = this->word(port);
    return word && guest_test(word, bit);
  }

  std::atomic<u32> size_{0};
  std::array<event_word_t*, most_pages> words_{};  // entries of ports below size() do not change
  std::array<GuestPage, most_pages> pages_;
};

}  // namespace xenolith
