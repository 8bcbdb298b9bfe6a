// SPDX-License-Identifier: MIT
// What of the guest "actor" differs between architectures.
#pragma once

namespace xenolith::guest {

[[noreturn]] void end_by_processor();

}  // namespace xenolith::guest
