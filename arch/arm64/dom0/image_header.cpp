// SPDX-License-Identifier: MIT
#include "arch/arm64/dom0/image_header.hpp"

#include <arch/mapping.hpp>

#include <cstring>

#include "core/base/bits.hpp"
#include "core/base/log.hpp"

namespace xenolith::dom0 {

Result<ImageHeader> image_header_of(DeviceRange module) {
  constexpr u32 image_magic = 0x644d5241;  // "ARM\x64"
  constexpr u64 large_page = u64{2} << 20;
  ImageHeader header{};
  if (module.size >= sizeof header && offset_in_page(module.start) + sizeof header <= page_size) {
    arch::FrameMapping page{frame_of(module.start)};
    std::memcpy(&header, page.bytes() + offset_in_page(module.start), sizeof header);
  }
  if (header.magic == image_magic && header.text_offset < large_page) return header;
  log_error("A kernel module is no Linux Image (magic {:#x})", header.magic);
  return Failure{XEN_ENOEXEC};
}

}  // namespace xenolith::dom0
