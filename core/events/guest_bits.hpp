// SPDX-License-Identifier: MIT
// Bits in words that a guest changes at the same time. Each access is one atomic operation on one naturally aligned
// word; what is read is a hint that may be wrong the next moment. All are sequentially consistent: they pair with the guest's
// locked instructions on the same words, and with the recheck of begin_poll().
#pragma once

#include <concepts>

#include "core/base/types.hpp"

namespace xenolith {

using GuestWord32 [[gnu::may_alias]] = u32;
using GuestWord64 [[gnu::may_alias]] = u64;

// Sets the bit; true if it was set already. One bit tested, so that the compiler may use the machine's bit instructions.
template <std::unsigned_integral Word>
inline bool guest_test_and_set(Word* word, unsigned bit) {
  const Word mask = static_cast<Word>(Word{1} << bit);
  return (__atomic_fetch_or(word, mask, __ATOMIC_SEQ_CST) & mask) != 0;
}

// Clears the bit; true if it was set.
template <std::unsigned_integral Word>
inline bool guest_test_and_clear(Word* word, unsigned bit) {
  const Word mask = static_cast<Word>(Word{1} << bit);
  return (__atomic_fetch_and(word, static_cast<Word>(~mask), __ATOMIC_SEQ_CST) & mask) != 0;
}

template <std::unsigned_integral Word>
inline bool guest_test(const Word* word, unsigned bit) {
  return (__atomic_load_n(word, __ATOMIC_SEQ_CST) >> bit & 1) != 0;
}

}  // namespace xenolith
