// SPDX-License-Identifier: MIT
// From the boot loader's hand-over to the main loop: the order in which everything is brought up.
#include <arch/cpu.hpp>
#include <arch/frame_table.hpp>

#include <algorithm>
#include <array>

#include "arch/arm64/boot/home.hpp"
#include "arch/arm64/cpu/cpu_block.hpp"
#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/cpu/smp.hpp"
#include "arch/arm64/dom0/builder.hpp"
#include "arch/arm64/domains/builder.hpp"
#include "arch/arm64/hyp/stage2.hpp"
#include "arch/arm64/machine/host.hpp"
#include "arch/arm64/machine/interrupts.hpp"
#include "arch/arm64/serial/serial_console.hpp"
#include "arch/arm64/timer/time.hpp"
#include "arch/arm64/vuart/shown_lines.hpp"
#include "core/base/bits.hpp"
#include "core/base/log.hpp"
#include "core/boot/command_line.hpp"
#include "core/boot/options.hpp"
#include "core/console/console.hpp"
#include "core/console/console_lines.hpp"
#include "core/console/console_work.hpp"
#include "core/control/version_op.hpp"
#include "core/image/image.hpp"
#include "core/memory/frame_allocator.hpp"
#include "core/memory/frame_table.hpp"
#include "core/paging/page_table.hpp"
#include "core/paging/windows.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/dispatcher.hpp"

namespace xenolith {
namespace {

constinit IntegerOption max_cpus{"maxcpus", "Number of CPUs to use; 0: all.", 0, 0, arch::max_cpus};
XENOLITH_REGISTER_OPTION(max_cpus);

constexpr u64 large_page = u64{2} << 20;

template <class T>
void must(const char* what, Result<T>&& result) {
  if (result.failed()) panic("{}: error {}", what, result.error());
}

// ---- what is not to be given away: the image, the first page tables, the device tree, modules

constexpr unsigned most_holes = 160;
struct Holes {
  std::array<boot::Range, most_holes> ranges{};
  unsigned count = 0;

  void add(MachineAddress first, MachineAddress end) {
    if (count == ranges.size()) panic("the device tree reserves too many ranges of memory");
    ranges[count++] = {MachineAddress{align_down(first.raw(), page_size)}, MachineAddress{align_up(end.raw(), page_size)}};
  }
  bool overlap(const boot::Range& place) const {
    return std::any_of(ranges.begin(), ranges.begin() + count, [&](const boot::Range& hole) { return hole.overlaps(place); });
  }
};
constinit Holes holes{};

// Of the hardware domain and of the others.
template <class Function>
void for_each_module(Function function) {
  const HostDescription& host = machine::description();
  for (const HostModule& module : host.modules) function(module);
  for (const HostDomain& domain : host.domains)
    for (const auto* module : {&domain.kernel, &domain.ramdisk, &domain.device_tree})
      if (*module) function(**module);
}

void find_holes(u32 tree_size) {
  holes.add(boot::image_address(), boot::image_address() + image::size());
  holes.add(machine::tree_address(), machine::tree_address() + tree_size);
  for_each_module([](const HostModule& module) { holes.add(module.range.start, module.range.end()); });
}

// The highest 2 MiB of RAM that nothing lies in.
MachineAddress place_for_tables() {
  MachineAddress best{};
  for (const MemoryRange& range : machine::memory_map().ranges()) {
    if (range.type != MemoryType::ram) continue;
    u64 lowest = align_up(range.start.raw(), large_page);
    for (u64 end = align_down(range.end().raw(), large_page); end >= lowest + large_page; end -= large_page) {
      boot::Range place{MachineAddress{end - large_page}, MachineAddress{end}};
      if (holes.overlap(place)) continue;
      best = std::max(best, place.first);
      break;
    }
  }
  if (best == MachineAddress{}) panic("no memory for the first page tables");
  return best;
}

void give_memory() {
  std::sort(holes.ranges.begin(), holes.ranges.begin() + holes.count,
            [](const boot::Range& a, const boot::Range& b) { return a.first < b.first; });
  for (const MemoryRange& range : machine::memory_map().ranges()) {
    if (range.type != MemoryType::ram) continue;
    Mfn at = frame_of(range.start + page_mask), end = frame_of(range.end());
    for (unsigned i = 0; i < holes.count; ++i) {
      const boot::Range& hole = holes.ranges[i];
      if (hole.end <= address_of(at) || hole.first >= address_of(end)) continue;
      FrameAllocator::add(at, std::max(at, frame_of(hole.first)));
      at = std::max(at, frame_of(hole.end));
    }
    if (at < end) FrameAllocator::add(at, end);
  }
}

Mfn end_of_ram() {
  Mfn end{0};
  for (const MemoryRange& range : machine::memory_map().ranges())
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

void report_memory() {
  u64 ram = machine::memory_map().total(MemoryType::ram);
  log_info("System RAM: {}MB ({}kB)", ram >> 20, ram >> 10);
}

// A machine whose tree names other domains can do without a hardware domain.
bool wants_dom0() {
  const HostDescription& host = machine::description();
  bool has_kernel = std::any_of(host.modules.begin(), host.modules.end(), [](const HostModule& m) { return m.kind == HostModuleKind::kernel; });
  return has_kernel || host.domains.empty();
}

// Makes and starts all of them; returns how many frames they have. Afterwards the modules have been read, and their memory serves guests.
u64 start_domains() {
  Result<Ref<Domain>> dom0{Ref<Domain>{}};
  if (wants_dom0()) dom0 = dom0::build();
  if (dom0.failed()) panic("dom0 cannot be built: error {}", dom0.error());
  domains::build_all();
  for_each_module([](const HostModule& module) {
    FrameAllocator::add(frame_of(module.range.start + page_mask), frame_of(module.range.end()));
  });
  FrameAllocator::start_scrubbing_ahead();
  u64 frames = 0;
  for (Domain* domain = DomainTable::next(DomainId{0}); domain; domain = DomainTable::next(DomainId{static_cast<u16>(domain->id().raw() + 1)}))
    frames += domain->pages().total();
  domains::start_all();
  if (*dom0) (*dom0)->unpause();
  return frames;
}

// On the boot CPU's own stack, with memory and traps in order.
[[noreturn]] void start_machine() {
  must("console ring", Console::allocate_ring());
  must("interrupts", machine::initialise_interrupts());
  stage2::detect();
  smp::set_up_this_cpu();
  serial::start_interrupts();
  start_console_work();
  set_console_lines(vuart::shown_lines());
  arch::enable_interrupts();
  Dispatcher::cpu_starts();
  smp::start_others();
  u64 frames_of_domains = start_domains();
  console_boot_ends();
  Console::start_notifying();
  log_info("Xenolith keeps {} kB, {} kB are free for guests",
           (FrameAllocator::total_frames() - FrameAllocator::free_frames() - frames_of_domains) << 2, FrameAllocator::free_frames() << 2);
  main_loop();
}

void start_console_on_boot_tables() {
  serial::choose_console();
  if (const auto& uart = serial::console_uart())
    serial::start_console(boot::show(boot::Window::console, uart->registers.start, true));
}

void move_console() {
  const auto& uart = serial::console_uart();
  if (!uart) return;
  Result<void*> registers = mm::map_device(uart->registers.start, uart->registers.size);
  if (registers.failed()) panic("no page table for the console");
  serial::move_console(*registers);
}

// The device tree at its place: its size from the header first.
std::span<const u8> shown_tree(MachineAddress tree) {
  const auto* bytes = static_cast<const u8*>(boot::show(boot::Window::tree, tree, false));
  Result<u32> size = DeviceTree::size_of({bytes, DeviceTree::header_size});
  return {bytes, std::move(size).value_or(0)};
}

}  // namespace

// First C++ code: on the boot stack, on the tables of boot/head.S.
extern "C" [[noreturn]] void start_hypervisor(u64 tree_at, u64) {
  smp::prepare_boot_cpu();
  MachineAddress tree{tree_at};
  std::span<const u8> bytes = shown_tree(tree);
  Result<void> read = bytes.empty() ? Result<void>{Failure{XEN_EINVAL}} : machine::read_tree(tree, bytes);
  std::string_view command_line = machine::description().xen_bootargs;
  set_command_line(command_line);
  parse_command_line(command_line);
  start_console_on_boot_tables();
  log_info("Xenolith version 4.17.0-xenolith");
  if (read.failed()) panic("the device tree at {:#x} is unusable: error {}", tree, read.error());
  log_info("Machine: {}", machine::description().model);
  log_info("Command line: {}", command_line);
  must("memory map", machine::make_memory_map());
  report_memory();
  u32 tree_size = static_cast<u32>(bytes.size());
  find_holes(tree_size);
  MachineAddress tables = place_for_tables();
  holes.add(tables, tables + large_page);
  must("page tables", boot::make_page_tables(tables));
  move_console();
  initialise_frame_table(end_of_ram());
  give_memory();
  Result<void*> tree_again = mm::map_read_only(tree, tree_size);
  if (tree_again.failed()) panic("no page table for the device tree");
  must("device tree", machine::read_tree(tree, {static_cast<const u8*>(*tree_again), tree_size}));
  must("processors", smp::find_cpus(static_cast<unsigned>(max_cpus.value())));
  smp::run_on_own_stack([] { start_machine(); });
}

}  // namespace xenolith
