// SPDX-License-Identifier: MIT
#include "arch/x86/cpu/local_apic.hpp"

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/irq/vectors.hpp"
#include "core/paging/page_table.hpp"
#include "core/base/bits.hpp"
#include "core/base/lock.hpp"

namespace xenolith::local_apic {
namespace {

// Register numbers: MSR 0x800 + number, or offset number * 16 in the xAPIC page.
enum Register : u32 {
  id = 0x02, task_priority = 0x08, eoi = 0x0b, logical_destination = 0x0d, destination_format = 0x0e, spurious = 0x0f,
  request_first = 0x20, error_status = 0x28, command = 0x30, command_high = 0x31, lvt_timer = 0x32, lvt_thermal = 0x33, lvt_performance = 0x34,
  lvt_lint0 = 0x35, lvt_lint1 = 0x36, lvt_error = 0x37, timer_initial = 0x38, timer_current = 0x39, timer_divide = 0x3e,
};

constexpr u32 masked = 1u << 16, mode_nmi = 4u << 8, mode_init = 5u << 8, mode_startup = 6u << 8;
constexpr u32 level_assert = 1u << 14, delivery_pending = 1u << 12, software_enable = 1u << 8;
constexpr u32 timer_deadline_mode = 2u << 17, divide_by_1 = 0xb;
constexpr u32 timer_vector = irq::vectors::timer.raw();
constexpr u64 base_enable = bit(11), base_x2apic = bit(10);

constinit volatile u32* page = nullptr;
constinit bool x2apic = false;
constinit bool deadline = false;

u32 read(Register which) {
  if (x2apic) return static_cast<u32>(read_msr(Msr{static_cast<u32>(Msr::x2apic_first) + which}));
  return page[which * 4];
}
void write(Register which, u32 value) {
  if (x2apic) write_msr(Msr{static_cast<u32>(Msr::x2apic_first) + which}, value);
  else page[which * 4] = value;
}

void send(u32 apic_id, u32 low) {
  if (x2apic) {
    asm volatile("mfence; lfence" ::: "memory");  // x2APIC MSR writes are not serialising
    write_msr(Msr{static_cast<u32>(Msr::x2apic_first) + command}, u64{apic_id} << 32 | low);
    return;
  }
  InterruptsOff off;  // the two halves belong together
  while (read(command) & delivery_pending) arch::pause();
  write(command_high, apic_id << 24);
  write(command, low);
}

}  // namespace

Result<void> initialise(bool use_x2apic) {
  constexpr u32 apic_bit = 1u << 9, x2apic_bit = 1u << 21, deadline_bit = 1u << 24;
  CpuidResult features = cpuid(1);
  if (!(features.edx & apic_bit)) return Failure{XEN_ENODEV};
  u64 base = read_msr(Msr::apic_base);
  x2apic = (base & base_x2apic) || (use_x2apic && (features.ecx & x2apic_bit));
  deadline = (features.ecx & deadline_bit) != 0;
  if (!x2apic) page = static_cast<volatile u32*>(TRY(mm::map_device(MachineAddress{base & 0xf'ffff'f000}, page_size)));
  return {};
}

void enable_on_this_cpu() {
  u64 base = read_msr(Msr::apic_base) | base_enable;
  write_msr(Msr::apic_base, base);
  if (x2apic) write_msr(Msr::apic_base, base | base_x2apic);
  if (!x2apic) {
    write(destination_format, 0xffffffff);
    write(logical_destination, 0);
  }
  // First of all: while it is switched off by software, the mask bits of the entries below stay set, whatever is written. Intel SDM
  // volume 3A, "Local APIC State After It Has Been Software Disabled".
  write(spurious, software_enable | irq::vectors::spurious.raw());
  write(lvt_lint0, masked);
  write(lvt_lint1, mode_nmi);
  write(lvt_error, irq::vectors::apic_error.raw());
  write(lvt_performance, masked);
  write(lvt_timer, deadline ? timer_deadline_mode | timer_vector : timer_vector);
  write(timer_divide, divide_by_1);
  write(timer_initial, 0);
  write(task_priority, 0);
  write(error_status, 0);
}

bool is_x2apic() { return x2apic; }
u32 this_id() { return x2apic ? read(id) : read(id) >> 24; }
void end_of_interrupt() { write(eoi, 0); }
bool is_requested(Vector vector) {
  return read(static_cast<Register>(request_first + vector.raw() / 32)) >> vector.raw() % 32 & 1;
}
void send_ipi(u32 apic_id, Vector vector) { send(apic_id, level_assert | vector.raw()); }
void send_nmi(u32 apic_id) { send(apic_id, level_assert | mode_nmi); }
void send_init(u32 apic_id) { send(apic_id, level_assert | mode_init); }
void send_startup(u32 apic_id, u8 startup_page) { send(apic_id, level_assert | mode_startup | startup_page); }

void set_timer(u32 ticks) { write(timer_initial, ticks); }
u32 timer_count() { return read(timer_current); }
bool has_deadline_timer() { return deadline; }
void set_deadline(u64 tsc) { write_msr(Msr::tsc_deadline, tsc); }

}  // namespace xenolith::local_apic
