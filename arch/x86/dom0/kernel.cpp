// SPDX-License-Identifier: MIT
#include "arch/x86/dom0/kernel.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "core/base/bits.hpp"
#include "core/base/log.hpp"
#include "core/boot/bzimage.hpp"
#include "core/boot/elf.hpp"
#include "core/memory/heap_pages.hpp"

extern "C" {
#include <xen/elfnote.h>
}

namespace xenolith::dom0 {
namespace {

constexpr unsigned arena_order = 6;  // decompress_arena_size
static_assert((page_size << arena_order) >= decompress_arena_size);

Failure too_small(u64 needed) {
  log_error("dom0: its memory is too small for kernel and initial RAM disk: {} MiB more are needed (dom0_mem=)",
            (needed >> 20) + 1);
  return Failure{XEN_ENOMEM};
}

// Moves a module to the end of [first, *end) and lowers *end to it. Other modules that lie there still are moved by the caller
// first; the last one to be moved is the first that is used.
Result<MachineAddress> move_up(const BootWindow& window, const BootModule& module, MachineAddress first, MachineAddress* end) {
  u64 size = align_up(module.length, page_size);
  if (*end - first < size) return too_small(size - (*end - first));
  MachineAddress to{align_down(end->raw() - size, page_size)};
  std::memmove(window.bytes(to, module.length).data(), window.bytes(module.start, module.length).data(), module.length);
  *end = to;
  return to;
}

bool overlap(MachineAddress a, u64 a_size, MachineAddress b, u64 b_size) { return a < b + b_size && b < a + a_size; }

struct KernelFile {
  std::span<const u8> elf;
  MachineAddress at;
};

// The kernel's ELF file: the module itself, or what is in the bzImage, unpacked to the end of [first, end).
Result<KernelFile> unpack(const BootWindow& window, std::span<const u8> module, MachineAddress module_at,
                          MachineAddress first, MachineAddress end) {
  Result<BzImage> image = BzImage::parse(module);
  if (!image && image.error() == XEN_ENOEXEC) return KernelFile{module, module_at};
  if (!image) {
    log_error("dom0: the kernel is damaged (bzImage header, error {})", image.error());
    return Failure{XEN_EINVAL};
  }
  if (image->format == CompressionFormat::none)
    return KernelFile{image->payload, module_at + static_cast<u64>(image->payload.data() - module.data())};
  u64 size = align_up<u64>(image->uncompressed_size, page_size);
  if (end - first < size) return too_small(size - (end - first));
  MachineAddress to{align_down(end.raw() - size, page_size)};
  HeapPages arena = TRY(HeapPages::allocate(arena_order));
  Result<size_t> made = image->extract(window.bytes(to, size), {arena.as<u8>(), arena.size()});
  if (!made) {
    log_error("dom0: the kernel ({}) cannot be decompressed: damaged, or a format that is not supported (error {})",
              name_of(image->format), made.error());
    return Failure{XEN_EINVAL};
  }
  return KernelFile{window.bytes(to, *made), to};
}

struct Segments {
  std::array<ElfSegment, 16> items;
  size_t count = 0;
};

Result<Segments> collect(const ElfImage& image) {
  Segments segments;
  size_t found = 0;
  image.for_each_segment([&](const ElfSegment& segment) {
    if (found++ < segments.items.size()) segments.items[segments.count++] = segment;
  });
  if (found <= segments.items.size()) return segments;
  log_error("dom0: the kernel has {} segments, at most {} are supported", found, segments.items.size());
  return Failure{XEN_EINVAL};
}

// Copies the segments down to where they run. The file lies above all of them, so going upwards never overwrites what is yet
// to be read, except the headers, which are not needed any more.
Result<void> place_segments(const BootWindow& window, const Segments& segments, MachineAddress first, const KernelFile& file) {
  std::span<const ElfSegment> items{segments.items.data(), segments.count};
  u64 missing = 0;
  for (const ElfSegment& segment : items) {
    u64 from = file.at.raw() + static_cast<u64>(segment.contents.data() - file.elf.data());
    if (segment.physical < first.raw()) missing = std::max(missing, first.raw() - segment.physical);
    if (segment.physical > from) missing = std::max(missing, segment.physical - from);
  }
  if (missing) return too_small(missing);
  for (const ElfSegment& segment : items) {
    std::span<u8> to = window.bytes(MachineAddress{segment.physical}, segment.contents.size());
    std::memmove(to.data(), segment.contents.data(), segment.contents.size());
  }
  for (const ElfSegment& segment : items) {
    u64 rest = segment.memory_size - segment.contents.size();
    std::memset(window.bytes(MachineAddress{segment.physical + segment.contents.size()}, rest).data(), 0, rest);
  }
  return {};
}

}  // namespace

Result<LoadedKernel> load_kernel(const BootWindow& window, MachineAddress first, MachineAddress end,
                                 std::span<const BootModule> modules) {
  if (modules.empty()) {
    log_error("dom0: no kernel: the boot loader passed no module");
    return Failure{XEN_EINVAL};
  }
  LoadedKernel loaded{};
  BootModule kernel = modules[0];
  if (modules.size() > 1) {
    BootModule initrd = modules[1];
    u64 size = align_up(initrd.length, page_size);
    if (end - first > size && overlap(end - size, size, kernel.start, kernel.length)) {
      MachineAddress below = end - size;
      kernel.start = TRY(move_up(window, kernel, first, &below));
    }
    loaded.initrd = TRY(move_up(window, initrd, first, &end));
    loaded.initrd_size = initrd.length;
  }
  // The kernel is unpacked below itself, out of the way of where it will run.
  MachineAddress room_end = end;
  if (kernel.start < end && kernel.start + kernel.length > first) kernel.start = TRY(move_up(window, kernel, first, &room_end));
  std::span<const u8> module = window.bytes(kernel.start, kernel.length);
  KernelFile file = TRY(unpack(window, module, kernel.start, first, room_end));
  Result<ElfImage> image = ElfImage::parse(file.elf);
  if (!image) {
    log_error("dom0: the first module is no kernel: neither a bzImage nor an ELF file (error {})", image.error());
    return Failure{XEN_EINVAL};
  }
  std::optional<u64> entry = image->note_number(XEN_ELFNOTE_PHYS32_ENTRY);
  if (!entry) {
    log_error("dom0: the kernel has no PVH entry (ELF note PHYS32_ENTRY): it is built without CONFIG_PVH");
    return Failure{XEN_ENOEXEC};
  }
  loaded.entry = GuestPhysical{*entry};
  loaded.kernel_end = MachineAddress{align_up(image->highest_physical(), page_size)};
  if (loaded.kernel_end > end) return too_small(loaded.kernel_end - end);
  log_info("dom0: kernel at {:#x}-{:#x}, PVH entry {:#x}", image->lowest_physical(), image->highest_physical(), *entry);
  Segments segments = TRY(collect(*image));
  TRY(place_segments(window, segments, first, file));
  loaded.free_end = end;
  return loaded;
}

}  // namespace xenolith::dom0
