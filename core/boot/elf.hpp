// SPDX-License-Identifier: MIT
// Kernels as ELF files: checks one and says what is to be placed where. Nothing is copied; the file stays where it is.
// Source: System V ABI, chapters 4 "Object Files" and 5 "Program Loading"; xen/elfnote.h for Xen's notes.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {

enum class ElfMachine : u16 { i386 = 3, arm = 40, x86_64 = 62, aarch64 = 183 };

// A part of the file that is to be loaded: contents, then zeros up to memory_size.
struct ElfSegment {
  u64 physical;                 // guest-physical address, bytes
  u64 virtual_address;          // bytes
  std::span<const u8> contents;
  u64 memory_size;              // bytes, at least contents.size(), not zero
  bool is_executable, is_writable;
};

class ElfImage {
 public:
  // Checks the headers and all program headers. Errors: ENOEXEC not an ELF file of a kernel for a machine that is known
  // (class, byte order, type EXEC or DYN); EINVAL damaged: tables, segments or notes outside the file, memory smaller than
  // contents, addresses that wrap around, nothing to load, over max_headers program headers.
  static Result<ElfImage> parse(std::span<const u8> file);
  static constexpr u32 max_headers = 128;

  ElfMachine machine() const { return machine_; }
  bool is_64bit() const { return wide_; }
  u64 entry() const { return entry_; }  // virtual address
  // All of memory that the segments fill, guest-physical bytes: [lowest, highest).
  u64 lowest_physical() const { return lowest_; }
  u64 highest_physical() const { return highest_; }

  // Calls `function(const ElfSegment&)` for each segment in the order of the file.
  template <class Function>
  void for_each_segment(Function function) const {
    for (u32 i = 0; i < header_count_; ++i)
      if (std::optional<ElfSegment> segment = loadable(i)) function(*segment);
  }

  // The contents of Xen's note of this type (XEN_ELFNOTE_*), if there is one.
  std::optional<std::span<const u8>> note(u32 type) const;
  // As a number; notes of 1, 2, 4 and 8 bytes are read as such, others do not count.
  std::optional<u64> note_number(u32 type) const;
  // As text, up to its terminating zero.
  std::optional<std::string_view> note_text(u32 type) const;

 private:
  struct ProgramHeader {
    u32 type, flags;
    u64 offset, virtual_address, physical, file_size, memory_size;
  };
  explicit ElfImage(std::span<const u8> file) : file_{file} {}
  Result<void> read_file_header();
  Result<void> check_segments();
  ProgramHeader header(u32 index) const;
  std::optional<ElfSegment> loadable(u32 index) const;
  // The bytes of the note section at `index`; empty when it is not one.
  std::span<const u8> note_section(u32 index) const;

  std::span<const u8> file_;
  bool wide_ = false;
  ElfMachine machine_{};
  u64 entry_ = 0;
  u64 headers_at_ = 0, sections_at_ = 0;
  u32 header_size_ = 0, header_count_ = 0, section_size_ = 0, section_count_ = 0;
  u64 lowest_ = ~u64{0}, highest_ = 0;
};

}  // namespace xenolith
