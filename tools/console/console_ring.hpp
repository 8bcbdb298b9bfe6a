// SPDX-License-Identifier: MIT
// The daemon's side of a domain's console page (xen/io/console.h): bytes out of the domain, and bytes in. The domain may
// write anything anywhere at any time; what is read here is copied once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" {
#include <xen/io/console.h>
}

namespace xenolith::tools::console {

class ConsoleRing {
 public:
  explicit ConsoleRing(xencons_interface* page) : page_(page) {}

  // Takes at most `most` bytes that the domain wrote. Throws Error(EIO) for impossible indices.
  std::string take(size_t most);
  bool has_output() const;
  // Puts in as many bytes as there is room for; returns how many. Throws Error(EIO) for impossible indices.
  size_t put(std::string_view bytes);
  // How many bytes put() would take.
  size_t room() const;

 private:
  xencons_interface* page_;
};

}  // namespace xenolith::tools::console
