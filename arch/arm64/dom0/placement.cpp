// SPDX-License-Identifier: MIT
#include "arch/arm64/dom0/placement.hpp"

#include <arch/cache.hpp>
#include <arch/mapping.hpp>

#include <algorithm>
#include <cstring>

#include "arch/arm64/dom0/image_header.hpp"
#include "core/base/bits.hpp"
#include "core/base/log.hpp"

namespace xenolith::dom0 {
namespace {

// From module to domain, page by page: neither is mapped.
void copy_memory(MachineAddress to, MachineAddress from, u64 size) {
  for (u64 done = 0; done < size;) {
    MachineAddress source = from + done, target = to + done;
    u64 piece = std::min({size - done, page_size - offset_in_page(source), page_size - offset_in_page(target)});
    arch::FrameMapping in{frame_of(source)}, out{frame_of(target)};
    std::memcpy(out.bytes() + offset_in_page(target), in.bytes() + offset_in_page(source), piece);
    arch::clean_cache(out.bytes() + offset_in_page(target), piece);
    done += piece;
  }
}

}  // namespace

// Linux takes a device tree at address 0 for none, so that nothing goes into the first page.
Placement::Placement(std::span<const FrameRange> ranges) {
  for (const FrameRange& range : ranges)
    if (count_ < free_.size()) free_[count_++] = {std::max(range.first, Mfn{1}), range.end};
}

Result<MachineAddress> Placement::take(u64 size, u64 alignment) {
  for (size_t i = 0; i < count_; ++i) {
    FrameRange& range = free_[i];
    MachineAddress first{align_up(address_of(range.first).raw(), alignment)};
    if (first + size > address_of(range.end)) continue;
    range.first = frame_of(first + size + page_mask);
    return first;
  }
  log_error("dom0: no range of its memory holds {} kB in one piece", size >> 10);
  return Failure{XEN_ENOMEM};
}

Result<LoadedKernel> load_kernel(Placement& placement, DeviceRange module) {
  constexpr u64 large_page = u64{2} << 20;
  ImageHeader header = TRY(image_header_of(module));
  u64 size = std::max(header.image_size, module.size);
  MachineAddress base = TRY(placement.take(header.text_offset + size, large_page));
  copy_memory(base + header.text_offset, module.start, module.size);
  return LoadedKernel{GuestPhysical{base.raw() + header.text_offset}};
}

Result<DeviceRange> load_ramdisk(Placement& placement, DeviceRange module) {
  MachineAddress to = TRY(placement.take(module.size, page_size));
  copy_memory(to, module.start, module.size);
  return DeviceRange{to, module.size};
}

void write_memory(MachineAddress to, std::span<const u8> from) {
  for (u64 done = 0; done < from.size();) {
    u64 piece = std::min<u64>(from.size() - done, page_size - offset_in_page(to + done));
    arch::FrameMapping out{frame_of(to + done)};
    std::memcpy(out.bytes() + offset_in_page(to + done), from.data() + done, piece);
    arch::clean_cache(out.bytes() + offset_in_page(to + done), piece);
    done += piece;
  }
}

}  // namespace xenolith::dom0
