// SPDX-License-Identifier: MIT
// From the boot loader's hand-over to the main loop: the order in which everything is brought up.
#include <arch/cpu.hpp>
#include <arch/frame_table.hpp>

#include <algorithm>

#include "arch/x86/boot/home.hpp"
#include "arch/x86/cpu/local_apic.hpp"
#include "arch/x86/cpu/smp.hpp"
#include "arch/x86/dom0/builder.hpp"
#include "arch/x86/hvm/extended_state.hpp"
#include "arch/x86/hvm/vendor.hpp"
#include "arch/x86/machine/host.hpp"
#include "arch/x86/machine/interrupts.hpp"
#include "arch/x86/machine_end/acpi_power.hpp"
#include "arch/x86/mm/features.hpp"
#include "arch/x86/serial/serial_console.hpp"
#include "arch/x86/speculation/speculation.hpp"
#include "arch/x86/time/time.hpp"
#include "core/acpi/fadt.hpp"
#include "core/acpi/madt.hpp"
#include "core/base/bits.hpp"
#include "core/base/log.hpp"
#include "core/boot/boot_information.hpp"
#include "core/boot/command_line.hpp"
#include "core/boot/options.hpp"
#include "core/console/console.hpp"
#include "core/console/console_work.hpp"
#include "core/control/version_op.hpp"
#include "core/image/image.hpp"
#include "core/memory/frame_allocator.hpp"
#include "core/memory/frame_table.hpp"
#include "core/paging/page_table.hpp"
#include "core/paging/windows.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/dispatcher.hpp"

extern "C" {
#include <xen/arch-x86/hvm/start_info.h>
}

namespace xenolith {
namespace {

constinit BoolOption use_x2apic{"x2apic", "Use the local APICs in x2APIC mode where the processor has it.", true};
XENOLITH_REGISTER_OPTION(use_x2apic);
constinit IntegerOption max_cpus{"maxcpus", "Number of CPUs to use; 0: all.", 0, 0, arch::max_cpus};
XENOLITH_REGISTER_OPTION(max_cpus);

constexpr u64 smallest_memory = u64{64} << 20;

// The first 4 GiB as the entry code maps them, while that lasts.
class IdentityReader final : public PhysicalReader {
 public:
  Result<std::span<const u8>> bytes(MachineAddress address, u64 length) const override {
    constexpr u64 end = u64{1} << 32;
    if (address.raw() >= end || length > end - address.raw()) return Failure{XEN_EFAULT};
    return std::span<const u8>{reinterpret_cast<const u8*>(address.raw()), length};
  }
};

Result<void> parse_boot_information(u32 magic, MachineAddress info, BootInformation& result) {
  IdentityReader reader;
  if (magic == multiboot1_magic) return parse_multiboot1(reader, info, result);
  if (magic == multiboot2_magic) return parse_multiboot2(reader, info, result);
  if (magic == XEN_HVM_START_MAGIC_VALUE) return parse_pvh(reader, info, result);
  return Failure{XEN_EINVAL};
}

// Gives RAM to the allocator, except the hypervisor's place, the trampoline and the modules.
struct Hole {
  MachineAddress first, end;
};
void give_memory(const BootInformation& boot, boot::Range home) {
  std::array<Hole, BootInformation::max_modules + 3> holes;
  unsigned count = 0;
  holes[count++] = {home.first, home.end};
  holes[count++] = {MachineAddress{0}, MachineAddress{page_size}};
  holes[count++] = {smp::trampoline, smp::trampoline + page_size};
  // The modules stay as they are until the hardware domain's builder has read them; it gives their memory away.
  for (const BootModule& module : boot.modules())
    holes[count++] = {address_of(frame_of(module.start)), address_of(frame_of(module.start + module.length + page_mask))};
  std::sort(holes.begin(), holes.begin() + count, [](const Hole& a, const Hole& b) { return a.first < b.first; });
  for (const MemoryRange& range : boot.memory.ranges()) {
    if (range.type != MemoryType::ram) continue;
    Mfn at = frame_of(range.start + page_mask), end = frame_of(range.end());
    for (unsigned i = 0; i < count; ++i) {
      if (holes[i].end <= address_of(at) || holes[i].first >= address_of(end)) continue;
      FrameAllocator::add(at, std::max(at, frame_of(holes[i].first)));
      at = frame_of(holes[i].end + page_mask);
    }
    if (at < end) FrameAllocator::add(at, end);
  }
}

Mfn end_of_ram(const BootInformation& boot) {
  Mfn end{0};
  for (const MemoryRange& range : boot.memory.ranges())
    if (range.type == MemoryType::ram) end = std::max(end, frame_of(range.end()));
  return end;
}

// The bitmap of the frame table, in page table memory: pages taken one after another are adjacent.
void initialise_frame_table(Mfn end) {
  mm::set_frame_limit(end);
  u64 pages = frames_for(FrameTable::bitmap_bytes(arch::frame_table_limit()));
  u64* bitmap = nullptr;
  for (u64 i = 0; i < pages; ++i) {
    Result<Mfn> page = mm::TableMemory::take();
    if (page.failed()) panic("no memory for the frame table of {} MiB", end.raw() >> 8);
    if (i == 0) bitmap = static_cast<u64*>(mm::TableMemory::address(*page));
  }
  FrameTable::initialise(bitmap);
}

void report_memory(const BootInformation& boot) {
  u64 ram = boot.memory.total(MemoryType::ram);
  log_info("System RAM: {}MB ({}kB)", ram >> 20, ram >> 10);
  if (ram < smallest_memory) panic("too little memory: {} MiB, at least {} are needed", ram >> 20, smallest_memory >> 20);
}

template <class T>
void must(const char* what, Result<T>&& result) {
  if (result.failed()) panic("{}: error {}", what, result.error());
}

const Madt* read_madt() {
  static Madt* found = nullptr;
  alignas(Madt) static std::byte storage[sizeof(Madt)];
  if (machine::read_acpi().failed()) return nullptr;
  std::optional<AcpiTable> table = machine::acpi()->find("APIC");
  if (!table) return nullptr;
  Result<Madt> madt = Madt::create(*table);
  if (madt) found = new (storage) Madt{*madt};
  return found;
}

void remember_power() {
  std::optional<AcpiTable> table = machine::acpi()->find("FACP");
  Result<Fadt> fadt = table ? Fadt::create(*table) : Result<Fadt>{Failure{XEN_ENODEV}};
  if (fadt) remember_power_registers(*fadt, machine::physical_reader());
}

void reap_vectors() { machine::host_interrupts().reap(arch::this_cpu()); }

// On the boot CPU's own stack, with memory and traps in order.
[[noreturn]] void start_machine() {
  must("console ring", Console::allocate_ring());
  const Madt* madt = read_madt();
  if (!madt) panic("no ACPI tables with a MADT: Xenolith cannot find this machine's processors and interrupts");
  remember_power();
  hvm::detect_extended_state();
  speculation::initialise();
  if (hvm::detect_vendor().failed()) panic("no hardware virtualisation: the PVH dom0 cannot run");
  must("interrupts", machine::initialise_interrupts(*madt));
  time_init_boot(*machine::acpi());
  smp::set_up_this_cpu();
  must("interrupts", machine::add_interrupt_cpu(CpuId{0}));
  serial::start_interrupts(machine::host_interrupts(), machine::host_io_apics());
  start_console_work();
  set_work_handler(Work::reap, reap_vectors);
  arch::enable_interrupts();
  Dispatcher::cpu_starts();
  smp::start_others();
  Result<Ref<Domain>> dom0 = dom0::build();
  if (dom0.failed()) panic("dom0 cannot be built: error {}", dom0.error());
  FrameAllocator::start_scrubbing_ahead();
  console_boot_ends();
  serial::give_screen_away();
  Console::start_notifying();
  log_info("Xenolith keeps {} kB, {} kB are free for guests", (FrameAllocator::total_frames() - FrameAllocator::free_frames() - (*dom0)->pages().total()) << 2,
           FrameAllocator::free_frames() << 2);
  time_start_keeping();
  (*dom0)->unpause();
  main_loop();
}

}  // namespace

// First C++ code: on the boot stack, on the loader's memory.
extern "C" [[noreturn]] void start_hypervisor(u32 magic, u32 info, u32 loaded_at) {
  smp::prepare_boot_cpu();
  BootInformation& boot = machine::boot_information();
  Result<void> parsed = parse_boot_information(magic, MachineAddress{info}, boot);
  set_command_line(boot.text(boot.command_line));
  parse_command_line(split_command_line(boot.text(boot.command_line)).hypervisor);
  serial::start_console();
  log_info("Xenolith version 4.17.0-xenolith");
  if (parsed.failed()) panic("the boot loader's information is unusable (magic {:#x}, error {})", magic, parsed.error());
  log_info("Bootloader: {}", boot.text(boot.loader_name));
  log_info("Command line: {}", boot.text(boot.command_line));
  report_memory(boot);
  if (boot.modules().empty()) panic("no dom0 kernel: the boot loader passed no module");
  mm::detect_features();
  Result<boot::Range> home = boot::move_home(boot, MachineAddress{loaded_at});
  if (home.failed()) panic("no room for the hypervisor below 4 GiB");
  initialise_frame_table(end_of_ram(boot));
  give_memory(boot, *home);
  serial::start_screen();
  if (local_apic::initialise(use_x2apic.value()).failed()) panic("no local APIC: Xenolith cannot run here");
  log_info("Local APICs in {} mode", local_apic::is_x2apic() ? "x2APIC" : "xAPIC");
  local_apic::enable_on_this_cpu();
  const Madt* madt = read_madt();
  must("processors", smp::find_cpus(madt, static_cast<unsigned>(max_cpus.value())));
  smp::run_on_own_stack([] { start_machine(); });
}

}  // namespace xenolith
