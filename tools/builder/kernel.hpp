// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "tools/builder/elf_kernel.hpp"
#include "tools/builder/kernel_cache.hpp"

namespace xenolith::tools {

// A kernel, ready to be loaded.
struct Kernel {
  std::unique_ptr<ByteSource> bytes;
  ElfKernel elf;
  std::string type;  // "ELF", "bzImage (xz)", "ELF (gzip)"
};

// Opens what the guest starts with: an ELF file, one packed with gzip and the like, or a bzImage around one. It may lie
// below `limit`, a guest-physical address, and not become larger than that. Throws Error that names the path and says
// why not. What was unpacked is kept in `cache`.
Kernel load_kernel(const std::string& path, uint64_t limit, const KernelCache& cache = KernelCache(""));
// The same for bytes at hand.
Kernel open_kernel(std::unique_ptr<ByteSource> file, uint64_t limit);

}  // namespace xenolith::tools
