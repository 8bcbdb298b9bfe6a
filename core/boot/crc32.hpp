// SPDX-License-Identifier: MIT
// CRC-32 of IEEE 802.3 (reflected polynomial 0xedb88320), as gzip and xz use it.
#pragma once

#include <span>

#include "core/base/types.hpp"

namespace xenolith {

// CRC-32 of `data`. To go on with more data, pass the previous result as `previous`.
u32 crc32(std::span<const u8> data, u32 previous = 0);

}  // namespace xenolith
