// SPDX-License-Identifier: MIT
#include <arch/cpu.hpp>
#include <arch/machine_end.hpp>

#include "arch/arm64/gic/gic.hpp"
#include "arch/arm64/psci/host.hpp"
#include "core/image/symbols.hpp"

namespace xenolith::arch {

void reboot_machine() {
  disable_interrupts();
  if (psci::host().is_there()) psci::host().system_reset();
  halt_machine();
}

void power_off_machine() {
  disable_interrupts();
  if (psci::host().is_there()) psci::host().system_off();
  halt_machine();
}

void halt_machine() {
  disable_interrupts();
  for (;;) asm volatile("wfi");
}

void stop_other_cpus_for_end() {
  disable_interrupts();
  gic::send_sgi_to_others(gic::Sgi::stop);
}

void end_of_panic(bool reboot) {
  stop_other_cpus_for_end();
  if (!reboot) halt_machine();
  wait_busily(seconds(5));
  reboot_machine();
}

void print_backtrace_here() {
  print_backtrace(reinterpret_cast<u64>(__builtin_return_address(0)), reinterpret_cast<u64>(__builtin_frame_address(0)));
}

void start_emergency_console() {}  // where it lies is known only when the device tree has been read

}  // namespace xenolith::arch
