// SPDX-License-Identifier: MIT
#include "core/dom0/memory.hpp"

#include <algorithm>

#include "core/base/bits.hpp"
#include "core/base/log.hpp"
#include "core/boot/options.hpp"
#include "core/memory/frame_allocator.hpp"

namespace xenolith::dom0 {
namespace {

constexpr u64 mib_frames = 256;

// dom0_mem=<size>[,min:<size>][,max:<size>]: a negative size means all but that much.
struct MemoryChoice {
  std::optional<SizeValue> amount, lowest, highest;
  bool all_but = false;
};
constinit MemoryChoice choice;

Result<void> parse_item(std::string_view item) {
  std::optional<SizeValue>* where = &choice.amount;
  if (item.starts_with("min:")) where = &choice.lowest, item.remove_prefix(4);
  else if (item.starts_with("max:")) where = &choice.highest, item.remove_prefix(4);
  if (item.starts_with("-") && where == &choice.amount) choice.all_but = true, item.remove_prefix(1);
  *where = TRY(parse_option_size(item));
  return {};
}

Result<void> parse_dom0_mem(std::string_view value) {
  while (!value.empty()) {
    size_t comma = value.find(',');
    TRY(parse_item(value.substr(0, comma)));
    value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
  }
  return {};
}

constinit CustomOption dom0_mem{"dom0_mem", "Memory of the hardware domain; the default is a quarter of all, at least 512 MiB.",
                                "<size>[,min:<size>][,max:<size>]", parse_dom0_mem};
XENOLITH_REGISTER_OPTION(dom0_mem);

Result<void> map_identity(Domain& domain, FrameRange range) {
  for (Mfn at = range.first; at < range.end;) {
    unsigned order = 0;
    for (unsigned larger : {9u, 18u})
      if (is_aligned(at.raw(), u64{1} << larger) && range.end - at >= u64{1} << larger) order = larger;
    TRY(domain.p2m().set(identity_gfn(at), at, order, P2mType::ram)).settle();
    at += u64{1} << order;
  }
  return {};
}

}  // namespace

u64 wanted_frames(u64 free_frames) {
  u64 reserve = 32 * mib_frames + free_frames / 64;  // for the hypervisor itself
  u64 most = free_frames > reserve ? free_frames - reserve : free_frames / 2;
  auto frames = [&](const SizeValue& size) { return size.of(free_frames * page_size) >> page_shift; };
  u64 wanted = std::max(free_frames / 4, 512 * mib_frames);
  if (choice.amount) wanted = choice.all_but ? free_frames - std::min(free_frames, frames(*choice.amount)) : frames(*choice.amount);
  if (choice.lowest) wanted = std::max(wanted, frames(*choice.lowest));
  if (choice.highest) wanted = std::min(wanted, frames(*choice.highest));
  return std::min(wanted, most);
}

Result<void> HardwareMemory::claim(Domain& domain, u64 frames, HardwareMemory& result) {
  Mfn from{0};
  domain.pages().set_maximum(~u64{0} >> page_shift);
  while (frames > 0 && result.count_ < most_ranges) {
    FrameAllocator::Range fresh = FrameAllocator::fresh_range(from, invalid_mfn);
    if (fresh.first == fresh.end) break;
    FrameRange range{fresh.first, std::min(fresh.end, fresh.first + frames)};
    TRY(FrameAllocator::claim(range.first, range.end));
    domain.pages().adopt(range.first, range.end - range.first);
    TRY(map_identity(domain, range));
    result.ranges_[result.count_++] = range;
    frames -= range.end - range.first;
    from = range.end;
  }
  return {};
}

FrameRange HardwareMemory::largest(Mfn limit) const {
  FrameRange best{};
  for (FrameRange range : ranges()) {
    range.end = std::min(range.end, limit);
    if (range.first < range.end && (best.first == best.end || range.bytes() > best.bytes())) best = range;
  }
  return best;
}

unsigned HardwareMemory::describe(const MemoryMap& machine, std::span<MemoryMapEntry> to, Mfn acpi_first, Mfn acpi_end) const {
  unsigned count = 0;
  auto add = [&](MachineAddress first, MachineAddress end, MemoryType type) {
    if (first < end && count < to.size()) to[count++] = {first.raw(), end - first, static_cast<u32>(type)};
  };
  for (const MemoryRange& host : machine.ranges()) {
    if (host.type != MemoryType::ram) {
      add(host.start, host.end(), host.type);
      continue;
    }
    MachineAddress at = host.start;
    for (const FrameRange& range : ranges()) {  // ascending, as they were claimed
      MachineAddress first = std::max(address_of(range.first), at), end = std::min(address_of(range.end), host.end());
      if (first >= end) continue;
      add(at, first, MemoryType::reserved);
      MachineAddress tables_first = std::clamp(address_of(acpi_first), first, end);
      MachineAddress tables_end = std::clamp(address_of(acpi_end), first, end);
      add(first, tables_first, MemoryType::ram);
      add(tables_first, tables_end, MemoryType::acpi);
      add(tables_end, end, MemoryType::ram);
      at = end;
    }
    add(at, host.end(), MemoryType::reserved);
  }
  return count;
}

}  // namespace xenolith::dom0
