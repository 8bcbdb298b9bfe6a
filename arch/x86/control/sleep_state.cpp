// SPDX-License-Identifier: MIT
// XENPF_enter_acpi_sleep. Source: ACPI Specification 6.4, section 4.8.3.2.1 "PM1 Control Registers".
#include <arch/control.hpp>
#include <arch/machine_end.hpp>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/machine/host.hpp"
#include "core/acpi/fadt.hpp"
#include "core/base/log.hpp"

namespace xenolith::arch {
namespace {

constexpr u16 sleep_enable = bit(13);
constexpr u32 soft_off = 5;

struct SleepRegisters {
  u16 a, b;  // I/O ports; 0: none
};

u16 port_of(const GenericAddress& address) {
  bool is_port = address && address.space == GenericAddress::Space::io && address.address <= 0xfffe;
  return is_port ? static_cast<u16>(address.address) : u16{0};
}

Result<SleepRegisters> sleep_registers() {
  auto table = machine::acpi() ? machine::acpi()->find("FACP") : std::nullopt;
  if (!table) return Failure{XEN_ENODEV};
  Fadt fadt = TRY(Fadt::create(*table));
  SleepRegisters registers{port_of(fadt.pm1a_control()), port_of(fadt.pm1b_control())};
  if (registers.a == 0) return Failure{XEN_ENODEV};
  return registers;
}

// The sleep type first, then the same with the enable bit, as the specification wants it.
void write(const SleepRegisters& registers, u16 a, u16 b, u16 enable) {
  out16(registers.a, static_cast<u16>((a & ~sleep_enable) | enable));
  if (registers.b) out16(registers.b, static_cast<u16>((b & ~sleep_enable) | enable));
}

}  // namespace

Result<void> enter_sleep_state(const xenpf_enter_acpi_sleep& request) {
  if (request.flags & XENPF_ACPI_SLEEP_EXTENDED) return Failure{XEN_EOPNOTSUPP};
  if ((request.val_a ^ request.val_b) & sleep_enable) return Failure{XEN_EINVAL};
  if (request.sleep_state > soft_off) return Failure{XEN_EINVAL};
  if (request.sleep_state != soft_off) return Failure{XEN_EOPNOTSUPP};
  SleepRegisters registers = TRY(sleep_registers());
  log_info("Entering ACPI S5 state.");
  stop_other_cpus_for_end();
  write(registers, request.val_a, request.val_b, 0);
  write(registers, request.val_a, request.val_b, sleep_enable);
  wait_busily(seconds(1));  // the chip set takes its time
  halt_machine();
}

}  // namespace xenolith::arch
