// SPDX-License-Identifier: MIT
// What of the guest "actor" differs between architectures.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::guest {

u32 domain_number();
[[noreturn]] void end_by_processor();

}  // namespace xenolith::guest
