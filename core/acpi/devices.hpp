// SPDX-License-Identifier: MIT
// Tables of single devices: HPET and MCFG.
#pragma once

#include "core/acpi/fadt.hpp"
#include "core/acpi/tables.hpp"
#include "core/base/bits.hpp"

namespace xenolith {

// Source: IA-PC HPET Specification 1.0a, section 3.2.4 "The ACPI 2.0 HPET Description Table (HPET)".
struct HpetTable {
  MachineAddress registers;
  u8 number;
  u8 comparators;     // how many timers
  bool is_64bit;
  u16 smallest_tick;  // in counter ticks, for periodic mode

  // Errors: EINVAL too short, or not in memory.
  static Result<HpetTable> create(const AcpiTable& table) {
    if (table.signature() != "HPET" || table.bytes.size() < 56) return Failure{XEN_EINVAL};
    u32 id = peek<u32>(table.bytes, 36);
    GenericAddress address = GenericAddress::at(table.bytes, 40);
    if (address.space != GenericAddress::Space::memory || !address) return Failure{XEN_EINVAL};
    return HpetTable{MachineAddress{address.address}, peek<u8>(table.bytes, 52),
                     static_cast<u8>(Bits<12, 8>::get(id) + 1), (id & bit(13)) != 0, peek<u16>(table.bytes, 53)};
  }
};

// Memory-mapped PCI configuration space of the buses first_bus to last_bus of a segment; `base` is that of bus 0.
// Source: PCI Firmware Specification 3.3, section 4.1.2 "MCFG Table Description".
struct McfgEntry {
  MachineAddress base;
  u16 segment;
  u8 first_bus, last_bus;
};

// Calls `function(const McfgEntry&)` for each entry whose buses are in order.
template <class Function>
void for_each_mcfg(const AcpiTable& table, Function function) {
  constexpr u64 entries_at = 44, entry_size = 16;
  for (u64 at = entries_at; at + entry_size <= table.bytes.size(); at += entry_size) {
    McfgEntry entry{MachineAddress{peek<u64>(table.bytes, at)}, peek<u16>(table.bytes, at + 8),
                    peek<u8>(table.bytes, at + 10), peek<u8>(table.bytes, at + 11)};
    if (entry.first_bus <= entry.last_bus) function(entry);
  }
}

}  // namespace xenolith
