// SPDX-License-Identifier: MIT
#include "arch/x86/dom0/builder.hpp"

#include <arch/domain_state.hpp>

#include <algorithm>
#include <cstring>

#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/dom0/boot_window.hpp"
#include "arch/x86/dom0/hardware_map.hpp"
#include "arch/x86/dom0/kernel.hpp"
#include "core/dom0/memory.hpp"
#include "arch/x86/hvm/initial_state.hpp"
#include "arch/x86/machine/host.hpp"
#include "arch/x86/machine/interrupts.hpp"
#include "core/acpi/hardware_domain_tables.hpp"
#include "core/acpi/madt.hpp"
#include "core/base/bits.hpp"
#include "core/base/log.hpp"
#include "core/boot/command_line.hpp"
#include "core/boot/options.hpp"
#include "core/memory/frame_allocator.hpp"
#include "core/time/wall_clock.hpp"

extern "C" {
#include <xen/arch-x86/hvm/start_info.h>
}

namespace xenolith::dom0 {
namespace {

constinit IntegerOption max_vcpus{"dom0_max_vcpus", "Number of vCPUs of the hardware domain; 0: as many as CPUs.", 0, 0, 128};
XENOLITH_REGISTER_OPTION(max_vcpus);

constexpr Mfn four_gib{u64{1} << 20};

unsigned vcpu_count() {
  return max_vcpus.value() > 0 ? static_cast<unsigned>(max_vcpus.value()) : cpus_online();
}

Result<Ref<Domain>> create_domain() {
  Domain::Configuration configuration{};
  configuration.interface.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
  configuration.interface.max_vcpus = vcpu_count();
  configuration.interface.max_evtchn_port = ~u32{0};
  configuration.interface.max_grant_frames = 64;
  configuration.interface.max_maptrack_frames = 1024;
  configuration.interface.grant_opts = 2;
  configuration.interface.arch.emulation_flags = XEN_X86_EMU_LAPIC | XEN_X86_EMU_IOAPIC | XEN_X86_EMU_VPCI;
  configuration.control = configuration.hardware = true;
  return Domain::create(DomainId{0}, configuration);
}

// What lies behind the kernel: ACPI tables on pages of their own, then start information.
struct Placement {
  MachineAddress acpi;
  u64 acpi_size;
  MachineAddress information;
  u64 information_size;
};

constexpr u64 most_map_entries = MemoryMapTable::most_entries;

struct StartInformation {
  hvm_start_info info;
  hvm_modlist_entry module;
  hvm_memmap_table_entry map[most_map_entries];
  char command_line[4096];
};

Result<Placement> place(const LoadedKernel& kernel, u64 acpi_size) {
  Placement placement{kernel.kernel_end, align_up(acpi_size, page_size), {}, align_up(sizeof(StartInformation), page_size)};
  placement.information = placement.acpi + placement.acpi_size;
  if (placement.information + placement.information_size > kernel.free_end) {
    log_error("dom0: its memory is too small for the start information");
    return Failure{XEN_ENOMEM};
  }
  return placement;
}

constexpr unsigned most_cpus = 128;
struct CpuList {
  std::array<HardwareDomainCpu, most_cpus> items;
  unsigned count = 0;
};
CpuList acpi_cpus(const Domain& domain) {
  CpuList list;
  for (u32 id = 0; id < domain.max_vcpus() && id < most_cpus; ++id)
    list.items[list.count++] = {.processor_uid = id, .apic_id = id << arch::apic_id_shift};
  return list;
}

Result<void> write_start_information(const BootWindow& window, Domain& domain, const LoadedKernel& kernel,
                                     const Placement& placement, const HardwareMemory& memory, GuestPhysical rsdp,
                                     std::string_view command_line) {
  auto& start = *reinterpret_cast<StartInformation*>(window.bytes(placement.information, sizeof(StartInformation)).data());
  auto address = [&](const void* field) {
    return placement.information.raw() + static_cast<u64>(static_cast<const char*>(field) - reinterpret_cast<char*>(&start));
  };
  std::memset(static_cast<void*>(&start), 0, sizeof(start));
  auto table = TRY(make<MemoryMapTable>());
  unsigned entries = memory.describe(machine::memory_map(), {table->entries().data(), most_map_entries}, frame_of(placement.acpi),
                                     frame_of(placement.acpi + placement.acpi_size));
  table->set_count(entries);
  for (unsigned i = 0; i < entries; ++i) {
    const MemoryMapEntry entry = table->entries()[i];
    start.map[i] = {entry.start, entry.length, entry.type, 0};
  }
  TRY(MachineMemory::set_map(table->entries()));
  domain.guest_memory().set_map(Ref<MemoryMapTable>::adopt(table.release()));
  size_t length = std::min(command_line.size(), sizeof(start.command_line) - 1);
  std::memcpy(start.command_line, command_line.data(), length);
  if (kernel.initrd_size) start.module = {kernel.initrd.raw(), kernel.initrd_size, 0, 0};
  start.info = {.magic = XEN_HVM_START_MAGIC_VALUE,
                .version = 1,
                .flags = SIF_PRIVILEGED | SIF_INITDOMAIN,
                .nr_modules = kernel.initrd_size ? 1u : 0u,
                .modlist_paddr = kernel.initrd_size ? address(&start.module) : 0,
                .cmdline_paddr = address(start.command_line),
                .rsdp_paddr = rsdp.raw(),
                .memmap_paddr = address(start.map),
                .memmap_entries = entries,
                .reserved = 0};
  return {};
}

Result<void> build_vcpus(Domain& domain, GuestPhysical entry, GuestPhysical start_info) {
  for (u32 id = 0; id < domain.max_vcpus(); ++id) {
    Vcpu* vcpu = TRY(domain.build_vcpu(VcpuId{id}));
    if (id == 0) hvm::set_pvh_state(*vcpu, entry, start_info);
  }
  return {};
}

MachineAddress modules_end(const BootInformation& boot) {
  MachineAddress end{};
  for (const BootModule& module : boot.modules()) end = std::max(end, module.start + module.length);
  return end;
}

// The kernel module's own; from loaders that give modules none, what stands behind " -- " on the hypervisor's.
std::string_view command_line_of(const BootInformation& boot) {
  std::string_view own = boot.text(boot.modules()[0].command_line);
  return own.empty() ? split_command_line(boot.text(boot.command_line)).dom0 : own;
}

// Gives the memory of modules to the allocator: before the domain's memory is claimed, of those that lie in it, so that it has no
// holes; of the others when they have been read.
enum class Modules : u8 { inside, outside };
void give_modules(const BootInformation& boot, MachineAddress end_of_domain, Modules which) {
  for (const BootModule& module : boot.modules())
    if ((module.start < end_of_domain) == (which == Modules::inside))
      FrameAllocator::add(frame_of(module.start), frame_of(module.start + module.length + page_mask));
}

Result<void> load(Domain& domain, const Madt& madt) {
  const BootInformation& boot = machine::boot_information();
  HardwareMemory memory;
  u64 frames = wanted_frames(FrameAllocator::free_frames());
  MachineAddress expected_end = address_of(Mfn{frames});
  give_modules(boot, expected_end, Modules::inside);
  TRY(HardwareMemory::claim(domain, frames, memory));
  FrameRange main = memory.largest(four_gib);  // where kernel and initial RAM disk go
  log_info("dom0: {} MiB in {} ranges, {} vCPUs", domain.pages().total() >> 8, memory.ranges().size(), domain.max_vcpus());
  BootWindow window = TRY(BootWindow::open(MachineAddress{0}, std::max(address_of(main.end), modules_end(boot))));
  LoadedKernel kernel = TRY(load_kernel(window, address_of(main.first), address_of(main.end), boot.modules()));
  give_modules(boot, expected_end, Modules::outside);
  CpuList cpus = acpi_cpus(domain);
  HardwareDomainAcpi plan{.cpus = {cpus.items.data(), cpus.count}, .place = GuestPhysical{}, .hides_uart = false};
  Placement placement = TRY(place(kernel, hardware_domain_tables_size(*machine::acpi(), plan)));
  plan.place = GuestPhysical{placement.acpi.raw()};
  BuiltAcpiTables tables =
      TRY(build_hardware_domain_tables(*machine::acpi(), plan, window.bytes(placement.acpi, placement.acpi_size)));
  TRY(write_start_information(window, domain, kernel, placement, memory, tables.rsdp, command_line_of(boot)));
  TRY(machine::give_lines(domain, madt));
  TRY(prepare_hardware(domain, madt));
  TRY(build_vcpus(domain, kernel.entry, GuestPhysical{placement.information.raw()}));
  return hide_serial_ports(domain);
}

}  // namespace

Result<Ref<Domain>> build() {
  if (!machine::acpi()) {
    log_error("dom0: this machine has no ACPI tables, which a PVH hardware domain needs");
    return Failure{XEN_ENODEV};
  }
  std::optional<AcpiTable> apic = machine::acpi()->find("APIC");
  Result<Madt> madt = apic ? Madt::create(*apic) : Result<Madt>{Failure{XEN_ENODEV}};
  if (!madt) {
    log_error("dom0: the ACPI tables have no usable MADT");
    return Failure{XEN_ENODEV};
  }
  Ref<Domain> domain = TRY(create_domain());
  TRY(load(*domain, *madt));
  TRY(DomainTable::publish(domain));
  update_wall_clock_of(*domain);
  domain->vcpu(VcpuId{0})->resume(Vcpu::down);
  return domain;
}

}  // namespace xenolith::dom0
