// SPDX-License-Identifier: MIT
// A person's end of a console.
#pragma once

#include <chrono>
#include <string>

#include "tools/xenstore/client.hpp"

namespace xenolith::tools::console {

enum class ConsoleType : uint8_t { automatic, pv, serial, vuart };

struct ConsoleChoice {
  DomainId domain;
  ConsoleType type = ConsoleType::automatic;
  unsigned number = 0;
};

// Throws Error(EINVAL) unless it is "pv", "serial" or "vuart".
ConsoleType parse_console_type(std::string_view text);

// Where the name of the console's terminal stands in xenstore. An automatic choice takes the serial port of domains that have
// one.
std::string tty_node(const XenStore& store, const ConsoleChoice& choice);

// The terminal's name, once there is one other than `not_this`. Throws Error: ETIMEDOUT, ENOENT when the domain is gone.
std::string wait_for_tty(EventLoop& loop, XenStore& store, const ConsoleChoice& choice, const std::string& not_this,
                         std::chrono::milliseconds limit);

enum class ConsoleEnd : uint8_t { person_left, terminal_closed };

// Connects the terminal to this process's stdin and stdout until Ctrl-] (the character `escape`) or the terminal's end. The
// end of stdin does not end it. Throws Error.
ConsoleEnd talk(const std::string& tty, char escape);

}  // namespace xenolith::tools::console
