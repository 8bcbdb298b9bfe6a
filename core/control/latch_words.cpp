// SPDX-License-Identifier: MIT
#include "core/control/latch_words.hpp"

#include "core/domain/domain.hpp"
#include "core/events/event_table.hpp"
#include "core/time/wall_clock.hpp"

namespace xenolith {

void latch_words(Domain& domain, GuestWordSize words) {
  domain.set_words(words);
  domain.events().set_word_size(words);
  update_wall_clock_of(domain);
}

}  // namespace xenolith
