// SPDX-License-Identifier: MIT
// Linux's kernel image for arm64. Source: Linux kernel documentation, "Booting AArch64 Linux", "Call the kernel image".
#pragma once

#include <memory>
#include <string>

#include "tools/builder/byte_source.hpp"

namespace xenolith::tools {

struct Arm64Image {
  std::unique_ptr<ByteSource> bytes;
  uint64_t offset = 0;  // from a 2 MiB boundary near the start of RAM
  uint64_t size = 0;    // bytes in memory, zeros behind the file's included
  std::string type;     // "Image", "Image (gzip)"
};

// Opens an Image, or one packed with gzip, that needs at most `limit` bytes. Throws Error that names the path and says why not.
Arm64Image load_arm64_image(const std::string& path, uint64_t limit);
Arm64Image open_arm64_image(std::unique_ptr<ByteSource> file, uint64_t limit);

}  // namespace xenolith::tools
