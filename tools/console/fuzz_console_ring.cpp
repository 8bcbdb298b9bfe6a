// SPDX-License-Identifier: MIT
// Fuzzes the console ring: the input is a script of what a hostile domain does to its page between the daemon's looks.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "tools/base/error.hpp"
#include "tools/console/console_ring.hpp"

using xenolith::tools::Error;
using xenolith::tools::console::ConsoleRing;

namespace {

// Changes a word of the page, as the next six bytes say.
void scribble(xencons_interface& page, const uint8_t* data) {
  uint16_t where;
  std::memcpy(&where, data, sizeof where);
  size_t words = sizeof page / sizeof(uint32_t);
  // The indices are the last words; aim there every other time.
  size_t word = data[0] & 1 ? words - 1 - where / 2 % 4 : where % words;
  std::memcpy(reinterpret_cast<char*>(&page) + word * sizeof(uint32_t), data + 2, sizeof(uint32_t));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  xencons_interface page{};
  ConsoleRing ring(&page);
  for (; size >= 8; data += 8, size -= 8) {
    scribble(page, data);
    try {
      if (data[6] & 1) {
        if (ring.take(data[7] * 16u).size() > sizeof page.out) std::abort();
      } else {
        size_t room = ring.room();
        if (ring.put(std::string(data[7] * 8u, 'i')) > room) std::abort();
      }
    } catch (const Error&) {
      // Impossible indices: the daemon would stop serving here.
    }
  }
  return 0;
}
