// SPDX-License-Identifier: MIT
#include "tools/builder/acpi.hpp"

#include <cstring>
#include <numeric>
#include <span>
#include <string_view>

#include "tools/builder/aml.hpp"

namespace xenolith::tools {
namespace {

using aml::Bytes;

void put(Bytes& bytes, uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) bytes.push_back(uint8_t(value >> i * 8));
}

void put_at(Bytes& bytes, size_t offset, uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) bytes[offset + i] = uint8_t(value >> i * 8);
}

void put_text(Bytes& bytes, std::string_view text) { bytes.insert(bytes.end(), text.begin(), text.end()); }

// All bytes of [0, size) together become 0 when `at` holds this.
void set_checksum(Bytes& bytes, size_t at, size_t size) {
  bytes[at] = 0;
  unsigned sum = std::accumulate(bytes.begin(), bytes.begin() + ptrdiff_t(size), 0u);
  bytes[at] = uint8_t(0u - sum);
}

constexpr size_t header_size = 36;
constexpr std::string_view oem_id = "Xen   ";
constexpr std::string_view oem_table = "XENOLITH";
constexpr std::string_view creator = "XNLT";

// Section 5.2.6 "System Description Table Header". The length and the checksum come with finish().
Bytes header(std::string_view signature, uint8_t revision) {
  Bytes bytes;
  put_text(bytes, signature);
  put(bytes, 0, 4);
  put(bytes, revision, 1);
  put(bytes, 0, 1);
  put_text(bytes, oem_id);
  put_text(bytes, oem_table);
  put(bytes, 1, 4);
  put_text(bytes, creator);
  put(bytes, 1, 4);
  return bytes;
}

void finish(Bytes& table) {
  put_at(table, 4, table.size(), 4);
  set_checksum(table, 9, table.size());
}

// Section 5.2.9 "Fixed ACPI Description Table (FADT)", revision 6.3.
Bytes make_fadt(uint64_t dsdt) {
  constexpr size_t size = 276;
  constexpr size_t dsdt_at = 40, boot_flags_at = 109, flags_at = 112, minor_at = 131, x_dsdt_at = 140;
  constexpr uint16_t no_vga = 1 << 2, no_rtc = 1 << 5;
  constexpr uint32_t wbinvd = 1, proc_c1 = 1 << 2, power_button = 1 << 4, sleep_button = 1 << 5, headless = 1 << 12,
                     hardware_reduced = 1 << 20;
  Bytes table = header("FACP", 6);
  table.resize(size);
  put_at(table, dsdt_at, dsdt, 4);
  put_at(table, boot_flags_at, no_vga | no_rtc, 2);
  put_at(table, flags_at, wbinvd | proc_c1 | power_button | sleep_button | headless | hardware_reduced, 4);
  table[minor_at] = 3;
  put_at(table, x_dsdt_at, dsdt, 8);
  finish(table);
  return table;
}

constexpr uint32_t lapic_enabled = 1, lapic_online_capable = 2;

// Sections 5.2.12.2 "Processor Local APIC Structure" and 5.2.12.12 "Processor Local x2APIC Structure".
Bytes apic_entry(uint32_t vcpu, uint32_t flags) {
  Bytes entry;
  uint32_t id = apic_id_of(vcpu);
  if (id < 255) {
    put(entry, 0, 1);
    put(entry, 8, 1);
    put(entry, vcpu, 1);
    put(entry, id, 1);
    put(entry, flags, 4);
  } else {
    put(entry, 9, 1);
    put(entry, 16, 1);
    put(entry, 0, 2);
    put(entry, id, 4);
    put(entry, flags, 4);
    put(entry, vcpu, 4);
  }
  return entry;
}

// Section 5.2.12 "Multiple APIC Description Table (MADT)".
Bytes make_madt(const AcpiRequest& request) {
  constexpr uint32_t local_apics = 0xfee00000;
  Bytes table = header("APIC", 5);
  put(table, local_apics, 4);
  put(table, 0, 4);  // no 8259
  for (uint32_t vcpu = 0; vcpu < request.max_vcpus; ++vcpu)
    aml::append(table, apic_entry(vcpu, vcpu < request.vcpus ? lapic_enabled : lapic_online_capable));
  finish(table);
  return table;
}

// Section 8.4 "Declaring Processors".
Bytes processor_device(uint32_t vcpu) {
  static constexpr char digits[] = "0123456789ABCDEF";
  char path[] = {'C', digits[vcpu >> 8 & 15], digits[vcpu >> 4 & 15], digits[vcpu & 15], 0};
  constexpr uint8_t present_and_working = 0xf;
  Bytes content = aml::name("_HID", aml::string("ACPI0007"));
  aml::append(content, aml::name("_UID", aml::integer(vcpu)));
  aml::append(content, aml::name("_STA", aml::integer(present_and_working)));
  aml::append(content, aml::name("_MAT", aml::buffer(apic_entry(vcpu, lapic_enabled))));
  return aml::device(path, content);
}

Bytes make_dsdt(const AcpiRequest& request) {
  Bytes content;
  for (uint32_t vcpu = 0; vcpu < request.max_vcpus; ++vcpu) aml::append(content, processor_device(vcpu));
  Bytes table = header("DSDT", 6);
  aml::append(table, aml::scope("\\_SB_", content));
  finish(table);
  return table;
}

Bytes make_xsdt(std::span<const uint64_t> tables) {
  Bytes table = header("XSDT", 1);
  for (uint64_t address : tables) put(table, address, 8);
  finish(table);
  return table;
}

// Section 5.2.5.3 "Root System Description Pointer (RSDP) Structure".
Bytes make_rsdp(uint64_t xsdt) {
  constexpr size_t size = 36, first_part = 20, checksum_at = 8, second_checksum_at = 32;
  Bytes table;
  put_text(table, "RSD PTR ");
  put(table, 0, 1);
  put_text(table, oem_id);
  put(table, 2, 1);
  put(table, 0, 4);  // no RSDT
  put(table, size, 4);
  put(table, xsdt, 8);
  put(table, 0, 4);
  set_checksum(table, checksum_at, first_part);
  set_checksum(table, second_checksum_at, size);
  return table;
}

// Adds a table at the next multiple of 16; gives its address.
uint64_t place(AcpiTables& all, uint64_t base, const Bytes& table) {
  all.tables.resize((all.tables.size() + 15) & ~size_t(15));
  uint64_t address = base + all.tables.size();
  aml::append(all.tables, table);
  return address;
}

static_assert(header_size == 4 + 4 + 1 + 1 + oem_id.size() + oem_table.size() + 4 + creator.size() + 4);

}  // namespace

AcpiTables make_acpi_tables(const AcpiRequest& request) {
  AcpiTables all;
  uint64_t dsdt = place(all, request.address, make_dsdt(request));
  uint64_t tables[] = {place(all, request.address, make_fadt(dsdt)), place(all, request.address, make_madt(request))};
  uint64_t xsdt = place(all, request.address, make_xsdt(tables));
  all.rsdp = make_rsdp(xsdt);
  return all;
}

}  // namespace xenolith::tools
