// SPDX-License-Identifier: MIT
#include <guest/cpu.hpp>
#include <guest/machine.hpp>
#include "guests/framework/hypercall.hpp"
#include "guests/framework/report.hpp"
#include "guests/framework/shared_info.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {
extern "C" u32 guest_start_info;
}

const hvm_start_info& start_info() { return *reinterpret_cast<const hvm_start_info*>(u64{guest_start_info}); }

std::string_view command_line() {
  if (start_info().cmdline_paddr == 0) return {};
  return reinterpret_cast<const char*>(start_info().cmdline_paddr);
}

extern "C" [[noreturn]] void guest_main() {
  install_hypercall_page();
  fill_trap_table();
  initialise_cpu(0);
  if (start_info().magic != XEN_HVM_START_MAGIC_VALUE) fail("wrong magic {:#x} of the start information", start_info().magic);
  map_shared_info();
  test_main();
  power_off();
}

}  // namespace xenolith::guest
