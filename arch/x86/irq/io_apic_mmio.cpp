// SPDX-License-Identifier: MIT
#include "arch/x86/irq/io_apic_mmio.hpp"

namespace xenolith::irq {
namespace {
// Source: Intel 82093AA data sheet, "Memory Mapped Registers for Accessing IOAPIC Registers".
constexpr u64 select_offset = 0x00;
constexpr u64 window_offset = 0x10;
constexpr u64 eoi_offset = 0x40;
}  // namespace

Result<Own<IoApicMmio>> IoApicMmio::create(MachineAddress base) {
  if (offset_in_page(base) + eoi_offset + sizeof(u32) > page_size || base.raw() % sizeof(u32) != 0) return Failure{XEN_EINVAL};
  return make<IoApicMmio>(TRY(arch::GlobalMapping::create(frame_of(base))), offset_in_page(base));
}

u32 IoApicMmio::read(u8 index) {
  at(select_offset) = index;
  return at(window_offset);
}

void IoApicMmio::write(u8 index, u32 value) {
  at(select_offset) = index;
  at(window_offset) = value;
}

void IoApicMmio::end_of_interrupt(Vector vector) { at(eoi_offset) = vector.raw(); }

}  // namespace xenolith::irq
