// SPDX-License-Identifier: MIT
// The head of a Linux Image (Linux kernel documentation, "Booting AArch64 Linux").
#pragma once

#include "core/base/result.hpp"
#include "core/device_tree/addresses.hpp"

namespace xenolith::dom0 {

struct ImageHeader {
  u32 code[2];
  u64 text_offset, image_size, flags, reserved[3];
  u32 magic, pe_offset;
};
static_assert(sizeof(ImageHeader) == 64);

// That of a module; its offset is below 2 MiB. ENOEXEC, with the cause in the log: it is no Image.
Result<ImageHeader> image_header_of(DeviceRange module);

}  // namespace xenolith::dom0
