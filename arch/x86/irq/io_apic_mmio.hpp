// SPDX-License-Identifier: MIT
#pragma once

#include <arch/mapping.hpp>

#include "arch/x86/irq/host_io_apic.hpp"

namespace xenolith::irq {

// An IO-APIC's registers in memory, mapped for as long as the object lives. The memory type is the MTRRs'
// (uncacheable).
class IoApicMmio final : public IoApicWindow {
 public:
  // Fails with EINVAL when the registers would cross a page, ENOMEM.
  static Result<Own<IoApicMmio>> create(MachineAddress base);
  IoApicMmio(arch::GlobalMapping mapping, u64 offset) : mapping_{std::move(mapping)}, offset_{offset} {}

  u32 read(u8 index) override;
  void write(u8 index, u32 value) override;
  void end_of_interrupt(Vector vector) override;

 private:
  volatile u32& at(u64 offset) { return *mapping_.as<volatile u32>(offset_ + offset); }

  arch::GlobalMapping mapping_;
  u64 offset_;
};

}  // namespace xenolith::irq
