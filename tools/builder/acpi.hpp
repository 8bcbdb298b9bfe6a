// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

namespace xenolith::tools {

struct AcpiRequest {
  uint64_t address = 0;    // guest-physical, of the tables; page aligned
  uint32_t vcpus = 1;      // enabled from the start
  uint32_t max_vcpus = 1;  // all that there may be
};

struct AcpiTables {
  std::vector<uint8_t> tables;  // to be put at AcpiRequest::address
  std::vector<uint8_t> rsdp;    // to be put anywhere, 16-byte aligned
};

// The ACPI tables of a PVH guest: RSDP, XSDT, FADT (hardware-reduced, nothing of a PC), MADT, DSDT. vCPUs beyond the
// first `vcpus` are in the MADT as not enabled but able to be, and are devices in the DSDT, so that Linux knows their
// APICs and can bring them up later. ACPI Specification 6.4, chapter 5 "ACPI Software Programming Model".
AcpiTables make_acpi_tables(const AcpiRequest& request);

// vCPU n's local APIC, as the hypervisor numbers them.
constexpr uint32_t apic_id_of(uint32_t vcpu) { return vcpu * 2; }

}  // namespace xenolith::tools
