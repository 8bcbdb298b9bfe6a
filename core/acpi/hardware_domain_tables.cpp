// SPDX-License-Identifier: MIT
#include "core/acpi/hardware_domain_tables.hpp"

#include <algorithm>

#include "core/acpi/madt.hpp"
#include "core/acpi/table_writer.hpp"

namespace xenolith {
namespace {

constexpr u32 local_apic_address = 0xfee00000;
constexpr u8 madt_revision = 4, xsdt_revision = 1, rsdp_revision = 2, stao_revision = 1;
constexpr size_t rsdp_size = 36, rsdp_first_part = 20, alignment = 16;

// What is not in the list is hidden; new tables stay hidden until somebody has thought about them. Not in it on purpose:
// APIC (replaced); HPET, DMAR, IVRS (the hypervisor's devices); SRAT, SLIT, HMAT, MSCT, PPTT (the machine's processors and
// memory, not dom0's); HEST, BERT, ERST, EINJ (machine checks are the hypervisor's); SPCR, DBG2 (its console); CSRT, WAET.
constexpr std::string_view visible[] = {
    "FACP", "SSDT", "PSDT", "SBST",          // power management and the devices' code, which dom0 runs
    "MCFG",                                  // PCI, which dom0 owns
    "SLIC", "MSDM",                          // licences
    "FPDT", "S3PT", "BGRT", "UEFI",          // facts about firmware
    "WDAT", "WDRT",                          // watchdogs, driven by dom0
    "TPM2", "TCPA",                          // TPM, owned by dom0
    "VFCT", "NHLT", "ASF!", "BOOT", "WSMT",  // data of devices that dom0 owns
};

struct Places {
  u64 xsdt = 0, madt = 0, stao = 0;
};

class Builder {
 public:
  Builder(const AcpiTables& host, const HardwareDomainAcpi& plan, std::span<u8> to)
      : host_{host}, plan_{plan}, writer_{to} {}

  // The RSDP comes first and names the XSDT right behind it, which names tables at addresses that depend on its length.
  size_t build() {
    Places places = lay_out();
    put_rsdp(places.xsdt);
    put_xsdt(places);
    put_madt();
    if (plan_.hides_uart) put_stao();
    return writer_.used();
  }
  bool is_full() const { return writer_.is_full(); }

 private:
  size_t count_visible() const {
    return static_cast<size_t>(std::ranges::count_if(
        host_.all(), [](const AcpiTable& table) { return is_table_for_hardware_domain(table.signature()); }));
  }
  Places lay_out() {
    Places places;
    u64 entries = count_visible() + 1 + (plan_.hides_uart ? 1 : 0);
    places.xsdt = align_up<u64>(rsdp_size, alignment);
    places.madt = align_up<u64>(places.xsdt + AcpiTable::header_size + 8 * entries, alignment);
    places.stao = align_up<u64>(places.madt + madt_size(), alignment);
    return places;
  }
  u64 madt_size() const {
    Builder measure{host_, plan_, {}};
    measure.put_madt();
    return measure.writer_.used();
  }
  u64 address(u64 offset) const { return plan_.place.raw() + offset; }

  void put_rsdp(u64 xsdt) {
    writer_.put_text("RSD PTR ");
    writer_.put(u8{0});
    writer_.put_text(host_.oem_id());
    writer_.put(rsdp_revision);
    writer_.put(u32{0});
    writer_.put(static_cast<u32>(rsdp_size));
    writer_.put(address(xsdt));
    writer_.put(u32{0});
    writer_.set_checksum(0, 8, rsdp_first_part);
    writer_.set_checksum(0, 32, rsdp_size);
  }

  void put_xsdt(const Places& places) {
    writer_.align(alignment);
    size_t start = writer_.begin_table("XSDT", xsdt_revision, host_maker());
    for (const AcpiTable& table : host_.all())
      if (is_table_for_hardware_domain(table.signature())) writer_.put(table.address.raw());
    writer_.put(address(places.madt));
    if (plan_.hides_uart) writer_.put(address(places.stao));
    writer_.end_table(start);
  }

  // No 8259s (flags zero): dom0 has virtual I/O APICs only.
  void put_madt() {
    writer_.align(alignment);
    size_t start = writer_.begin_table("APIC", madt_revision, host_maker());
    writer_.put(local_apic_address);
    writer_.put(u32{0});
    for (const HardwareDomainCpu& cpu : plan_.cpus) put_cpu(cpu);
    if (std::optional<AcpiTable> table = host_.find("APIC")) put_wiring(*table);
    writer_.end_table(start);
  }
  void put_cpu(const HardwareDomainCpu& cpu) {
    constexpr u32 enabled = 1;
    if (cpu.apic_id < 0xff && cpu.processor_uid < 0xff) {
      writer_.put(static_cast<u8>(MadtType::local_apic));
      writer_.put(u8{8});
      writer_.put(static_cast<u8>(cpu.processor_uid));
      writer_.put(static_cast<u8>(cpu.apic_id));
      writer_.put(enabled);
    } else {
      writer_.put(static_cast<u8>(MadtType::local_x2apic));
      writer_.put(u8{16});
      writer_.put(u16{0});
      writer_.put(cpu.apic_id);
      writer_.put(enabled);
      writer_.put(cpu.processor_uid);
    }
  }
  void put_wiring(const AcpiTable& table) {
    Result<Madt> madt = Madt::create(table);
    if (madt.failed()) return;
    madt->for_each([this](const MadtEntry& entry) {
      bool copied = entry.type() == MadtType::io_apic || entry.type() == MadtType::interrupt_override ||
                    entry.type() == MadtType::nmi_source;
      if (copied) writer_.put_bytes(entry.bytes());
    });
  }

  void put_stao() {
    writer_.align(alignment);
    size_t start = writer_.begin_table("STAO", stao_revision, {});
    writer_.put(u8{1});  // ignore the UART
    writer_.end_table(start);
  }

  // Firmware's names are kept: drivers look for them.
  std::span<const u8> host_maker() const {
    std::optional<AcpiTable> table = host_.find("APIC");
    return table ? table->bytes : std::span<const u8>{};
  }

  const AcpiTables& host_;
  const HardwareDomainAcpi& plan_;
  AcpiTableWriter writer_;
};

}  // namespace

bool is_table_for_hardware_domain(std::string_view signature) {
  return std::ranges::find(visible, signature) != std::end(visible);
}

Result<BuiltAcpiTables> build_hardware_domain_tables(const AcpiTables& host, const HardwareDomainAcpi& plan,
                                                     std::span<u8> to) {
  if (plan.place.raw() % alignment != 0) return Failure{XEN_EINVAL};
  Builder builder{host, plan, to};
  size_t size = builder.build();
  if (builder.is_full()) return Failure{XEN_ENOSPC};
  return BuiltAcpiTables{plan.place, size};
}

size_t hardware_domain_tables_size(const AcpiTables& host, const HardwareDomainAcpi& plan) {
  return Builder{host, plan, {}}.build();
}

}  // namespace xenolith
