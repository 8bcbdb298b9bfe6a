// SPDX-License-Identifier: MIT
#include "core/console/console_work.hpp"
#include "core/console/debug_keys.hpp"

namespace xenolith {

void start_console_work() {
  register_standard_debug_keys();
  take_on_console_work();
}

}  // namespace xenolith
