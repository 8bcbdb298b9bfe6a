// SPDX-License-Identifier: MIT
// ACPI tables for a PVH dom0. It sees the machine's own tables at their places (its memory is identity-mapped), except for
// those that describe what the hypervisor keeps: the processors, the timers and IOMMUs it drives, its console.
#pragma once

#include <span>

#include "core/acpi/tables.hpp"
#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {

struct HardwareDomainCpu {
  u32 processor_uid;
  u32 apic_id;  // of the virtual local APIC
};

struct HardwareDomainAcpi {
  std::span<const HardwareDomainCpu> cpus;
  // Where the tables will lie in dom0's memory; 16-byte aligned.
  GuestPhysical place;
  // Adds a STAO, which tells dom0 to leave alone the UART that the SPCR names.
  // Source: "Xen STAO table", docs of the ACPI on Xen project, revision 1.
  bool hides_uart = false;
};

// Whether dom0 may see this table of the machine.
bool is_table_for_hardware_domain(std::string_view signature);

struct BuiltAcpiTables {
  GuestPhysical rsdp;
  size_t size;  // bytes used of the buffer
};

// Writes RSDP, XSDT, MADT and STAO into `to`, which is to be copied to `plan.place`. Processors get local APIC entries, or
// x2APIC ones where a number does not fit 8 bits; I/O APICs, interrupt overrides and NMI sources are the machine's.
// Errors: ENOSPC `to` too small; EINVAL `place` is not aligned.
Result<BuiltAcpiTables> build_hardware_domain_tables(const AcpiTables& host, const HardwareDomainAcpi& plan,
                                                     std::span<u8> to);

// Bytes that build_hardware_domain_tables() needs at most.
size_t hardware_domain_tables_size(const AcpiTables& host, const HardwareDomainAcpi& plan);

}  // namespace xenolith
