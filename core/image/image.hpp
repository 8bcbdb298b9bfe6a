// SPDX-License-Identifier: MIT
// Where the parts of the hypervisor's image lie (symbols of arch/ARCH/boot/image.lds.S).
#pragma once

#include "core/base/types.hpp"

namespace xenolith::image {

extern "C" {
extern const char image_start[], text_end[], rodata_end[], file_end[], image_end[];
extern const char exception_fixups[], exception_fixups_end[];
}

inline u64 start_address() { return reinterpret_cast<u64>(image_start); }
inline u64 size() { return static_cast<u64>(image_end - image_start); }
inline bool is_text(u64 address) {
  return address >= start_address() && address < reinterpret_cast<u64>(text_end);
}

}  // namespace xenolith::image
