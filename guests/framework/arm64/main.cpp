// SPDX-License-Identifier: MIT
#include <guest/cpu.hpp>
#include <guest/machine.hpp>

#include "guests/framework/hypercall.hpp"
#include "guests/framework/shared_info.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {

extern "C" [[noreturn]] void guest_start(const void* tree) {
  read_machine(tree);
  initialise_cpu(0);
  map_shared_info();
  test_main();
  power_off();
}

}  // namespace xenolith::guest
