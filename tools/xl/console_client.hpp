// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tools/control/types.hpp"

namespace xenolith::tools::xl {

struct ConsoleChoice {
  int number = 0;
  std::string type = "pv";  // "pv", "serial", "vuart"
};

// The program xenconsole: beside this program, else Debian's. Throws Error(ENOENT).
std::string find_console_client();

// Becomes xenconsole on the domain's console; returns only by Error.
[[noreturn]] void become_console(DomainId domain, const ConsoleChoice& choice);

// Starts it as a child on this terminal.
pid_t start_console(DomainId domain);
// Waits for it to end. Returns whether it ended well.
bool wait_for_console(pid_t child);

}  // namespace xenolith::tools::xl
