// SPDX-License-Identifier: MIT
#include <arch/cpu.hpp>
#include <arch/machine_end.hpp>

#include <array>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/cpu/traps.hpp"
#include "arch/x86/cpu/cpu_signals.hpp"
#include "arch/x86/machine_end/acpi_power.hpp"
#include "arch/x86/machine_end/reboot_methods.hpp"
#include "arch/x86/machine_end/sleep_type.hpp"
#include "core/paging/page_table.hpp"
#include "core/base/log.hpp"
#include "core/image/symbols.hpp"
#include "core/boot/options.hpp"

namespace xenolith {
namespace {

constinit RebootChoice choice;
constinit CustomOption reboot_option{
    "reboot", "How the machine is restarted.", "acpi | kbd | pci | Power | triple | no [, warm | cold]",
    [](std::string_view text) -> Result<void> {
      choice = TRY(RebootChoice::parse(text));
      return {};
    },
    "acpi"};
XENOLITH_REGISTER_OPTION(reboot_option);

struct PowerRegisters {
  GenericAddress reset;
  u8 reset_value;
  volatile u8* reset_memory;  // where the reset register is mapped, if it lies in memory
  volatile u16* reset_flag;       // of the BIOS; only for warm starts
  u16 pm1a_port, pm1b_port;       // 0: none
  SleepType soft_off;
  bool soft_off_known;
};
constinit PowerRegisters power{};

u16 port_of(const GenericAddress& address) {
  return address.space == GenericAddress::Space::io && address.address <= 0xfffe ? static_cast<u16>(address.address) : u16{0};
}

// PCI configuration mechanism #1, bus 0: the only bus that a reset register may be on.
void write_pci_configuration(u64 address, u8 value) {
  u32 device = static_cast<u32>(address >> 32 & 0x1f), function = static_cast<u32>(address >> 16 & 7);
  u32 offset = static_cast<u32>(address & 0xff);
  out32(0xcf8, 0x80000000 | device << 11 | function << 8 | (offset & 0xfc));
  out8(static_cast<u16>(0xcfc + (offset & 3)), value);
}

void reset_by_acpi() {
  if (!power.reset) return;
  switch (power.reset.space) {
    case GenericAddress::Space::io: out8(static_cast<u16>(power.reset.address), power.reset_value); return;
    case GenericAddress::Space::memory:
      if (power.reset_memory) *power.reset_memory = power.reset_value;
      return;
    case GenericAddress::Space::pci_configuration: write_pci_configuration(power.reset.address, power.reset_value); return;
  }
}

void reset_by_keyboard_controller() {
  constexpr u16 status_and_command = 0x64;
  constexpr u8 input_full = 2, pulse_reset = 0xfe;
  for (unsigned attempt = 0; attempt < 10; ++attempt) {
    for (unsigned looks = 0; looks < 0x10000 && (in8(status_and_command) & input_full); ++looks) arch::pause();
    arch::wait_busily(microseconds(50));
    out8(status_and_command, pulse_reset);
    arch::wait_busily(microseconds(50));
  }
}

// The reset control register of Intel's chip sets, which others have copied.
void reset_by_pci(bool power_cycle) {
  constexpr u16 reset_control = 0xcf9;
  constexpr u8 system_reset = 2, do_reset = 4, full_reset = 8;
  u8 mode = power_cycle ? system_reset | full_reset : system_reset;
  out8(reset_control, mode);
  arch::wait_busily(microseconds(50));
  out8(reset_control, mode | do_reset);
  arch::wait_busily(microseconds(50));
}

[[noreturn]] void reset_by_triple_fault() {
  struct [[gnu::packed]] {
    u16 limit = 0;
    u64 base = 0;
  } no_idt;
  for (;;) asm volatile("lidt %0; int3" ::"m"(no_idt));
}

// What firmware finds at this place decides how it starts. Source: "BIOS data area", reset flag at 40h:72h; the CMOS
// shutdown byte is left at zero.
void tell_firmware_of_warm_start() {
  constexpr u16 warm_start = 0x1234;
  if (power.reset_flag) *power.reset_flag = warm_start;
}

void perform(RebootMethod method) {
  switch (method) {
    case RebootMethod::acpi: return reset_by_acpi();
    case RebootMethod::keyboard: return reset_by_keyboard_controller();
    case RebootMethod::pci: return reset_by_pci(false);
    case RebootMethod::power: return reset_by_pci(true);
    case RebootMethod::triple_fault: reset_by_triple_fault();
    case RebootMethod::none: return;
  }
}

void write_sleep_type(u16 port, u8 type) {
  constexpr u16 sleep_bits = 0x3c00, sleep_enable = 0x2000;
  if (port == 0) return;
  u16 value = static_cast<u16>((in16(port) & ~sleep_bits) | type << 10);
  out16(port, value);
  out16(port, value | sleep_enable);
}

}  // namespace

void remember_power_registers(const Fadt& fadt, const PhysicalReader& memory) {
  power.reset = fadt.reset_register();
  power.reset_value = fadt.reset_value();
  if (power.reset && power.reset.space == GenericAddress::Space::memory) {
    MachineAddress address{power.reset.address};
    Result<void*> page = mm::map_device(address_of(frame_of(address)), page_size);
    if (page) power.reset_memory = static_cast<volatile u8*>(*page) + offset_in_page(address);
  }
  if (choice.warm) {
    Result<void*> page = mm::map_device(MachineAddress{0}, page_size);
    if (page) power.reset_flag = reinterpret_cast<volatile u16*>(static_cast<u8*>(*page) + 0x472);
  }
  power.pm1a_port = port_of(fadt.pm1a_control());
  power.pm1b_port = port_of(fadt.pm1b_control());
  Result<AcpiTable> dsdt = read_acpi_table(memory, fadt.dsdt());
  if (dsdt.failed()) return;
  if (auto type = find_soft_off(dsdt->bytes)) power.soft_off = *type, power.soft_off_known = true;
}

}  // namespace xenolith

namespace xenolith::arch {

void reboot_machine() {
  disable_interrupts();
  std::array<RebootMethod, 5> room;
  auto methods = choice.order(room);
  if (methods.empty()) {
    log_warning("reboot disabled on cmdline");
    halt_machine();
  }
  if (choice.warm) tell_firmware_of_warm_start();
  for (RebootMethod method : methods) {
    perform(method);
    wait_busily(milliseconds(50));
  }
  reset_by_triple_fault();
}

void power_off_machine() {
  disable_interrupts();
  if (power.soft_off_known) {
    write_sleep_type(power.pm1a_port, power.soft_off.a);
    write_sleep_type(power.pm1b_port, power.soft_off.b);
    wait_busily(seconds(1));
  }
  halt_machine();
}

void halt_machine() {
  for (;;) asm volatile("cli; hlt");
}

void stop_other_cpus_for_end() {
  disable_interrupts();
  stop_other_cpus();
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

}  // namespace xenolith::arch
