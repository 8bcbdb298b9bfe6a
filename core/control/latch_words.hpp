// SPDX-License-Identifier: MIT
#pragma once

#include "core/domain/word_size.hpp"

namespace xenolith {

class Domain;

// The domain's own vCPU does what kernels do first, in a mode of this width: its shared pages have that layout from now on
// (docs/compat.md). What is in them stays where it is, but the wall clock is written again. On that vCPU's CPU.
void latch_words(Domain& domain, GuestWordSize words);

}  // namespace xenolith
