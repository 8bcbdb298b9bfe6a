// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "core/base/units.hpp"

namespace xenolith {

// The serial lines of domains that have their other end at the hypervisor's console: an architecture's, where there are any.
class ConsoleLines {
 public:
  // The first domain behind `last` that has one.
  virtual std::optional<DomainId> after(DomainId last) const = 0;
  // A character is typed for the domain's; it is lost if the domain is gone or takes no more.
  virtual void type(DomainId domain, char c) = 0;

 protected:
  ~ConsoleLines() = default;
};

// Once at boot, before console_boot_ends().
void set_console_lines(ConsoleLines& lines);
// Whether what is typed goes to that domain's line: its output needs no prefix then, and should not wait for the line's end.
bool console_is_with(DomainId domain);

}  // namespace xenolith
