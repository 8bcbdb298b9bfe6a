// SPDX-License-Identifier: MIT
// An ELF kernel that starts by Xen's PVH protocol.
#pragma once

#include <cstdint>
#include <vector>

#include "tools/builder/byte_source.hpp"

namespace xenolith::tools {

struct KernelSegment {
  uint64_t offset = 0;     // in the file
  uint64_t file_size = 0;  // bytes there
  uint64_t address = 0;    // guest-physical
  uint64_t size = 0;       // bytes in memory; what the file does not have is zero
};

struct ElfKernel {
  std::vector<KernelSegment> segments;  // ascending, without overlap, none empty
  uint64_t entry = 0;                   // XEN_ELFNOTE_PHYS32_ENTRY
  bool finds_rsdp_anywhere = true;      // otherwise the RSDP must lie below 1 MiB

  uint64_t low() const { return segments.front().address; }
  uint64_t high() const { return segments.back().address + segments.back().size; }
};

bool is_elf(const ByteSource& source);

// Reads headers and notes. The kernel may lie anywhere below `limit`, a guest-physical address. Every number in the
// file is checked; throws Error(ENOEXEC) that says what is wrong.
ElfKernel parse_elf_kernel(const ByteSource& source, uint64_t limit);

}  // namespace xenolith::tools
