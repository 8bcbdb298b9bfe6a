// SPDX-License-Identifier: MIT
// Kernels for tests, made on the spot.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tools/builder/byte_source.hpp"

namespace xenolith::tools::test {

using Bytes = std::vector<uint8_t>;

struct ElfOptions {
  bool wide = true;             // ELF64, else ELF32
  uint64_t address = 0x100000;  // of the segment
  uint64_t content = 64;        // bytes of it in the file
  uint64_t size = 8192;         // bytes of it in memory
  uint64_t entry = 0x100010;
  bool note = true;          // with XEN_ELFNOTE_PHYS32_ENTRY
  bool linux_guest = false;  // says so in XEN_ELFNOTE_GUEST_OS
};

Bytes make_elf(const ElfOptions& options = {});
// A bzImage around a payload, which the kernel's build would have followed by its unpacked size.
Bytes make_bzimage(const Bytes& payload, uint32_t unpacked_size);

std::unique_ptr<ByteSource> source_of(const Bytes& bytes);
// Packed by the library of that name: gzip, xz, lzma, zstd, lz4 (the legacy frame).
Bytes pack(const std::string& how, const Bytes& content);

}  // namespace xenolith::tools::test
