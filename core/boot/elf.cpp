// SPDX-License-Identifier: MIT
#include "core/boot/elf.hpp"

#include <algorithm>

namespace xenolith {
namespace {

using Bytes = std::span<const u8>;

constexpr u32 magic = 0x464c457f;
constexpr u8 class_32 = 1, class_64 = 2, little_endian = 1;
constexpr u16 type_executable = 2, type_shared = 3;
constexpr u32 segment_load = 1, segment_note = 4, section_note = 7;
constexpr u32 flag_executable = 1, flag_writable = 2;
constexpr u64 address_limit = u64{1} << 52;

bool is_known(u16 machine) {
  for (ElfMachine known : {ElfMachine::i386, ElfMachine::arm, ElfMachine::x86_64, ElfMachine::aarch64})
    if (machine == static_cast<u16>(known)) return true;
  return false;
}

// A word of the file's own width.
u64 peek_word(Bytes file, u64 at, bool wide) { return wide ? peek<u64>(file, at) : peek<u32>(file, at); }

// Xen's note of `type` in a note segment: entries of name size, contents size, type, name, contents, each 4-byte aligned.
std::optional<Bytes> find_note(Bytes notes, u32 type) {
  constexpr u64 entry_header = 12;
  u64 at = 0;
  while (at + entry_header <= notes.size()) {
    u64 name_size = peek<u32>(notes, at), size = peek<u32>(notes, at + 4);
    u64 name_at = at + entry_header;
    u64 contents_at = name_at + ((name_size + 3) & ~u64{3});
    Result<Bytes> name = slice(notes, name_at, name_size);
    Result<Bytes> contents = slice(notes, contents_at, size);
    if (name.failed() || contents.failed()) return std::nullopt;
    if (peek<u32>(notes, at + 8) == type && name_size == 4 && text_of(*name) == "Xen") return *contents;
    at = contents_at + ((size + 3) & ~u64{3});
  }
  return std::nullopt;
}

}  // namespace

Result<ElfImage> ElfImage::parse(Bytes file) {
  ElfImage image{file};
  TRY(image.read_file_header());
  TRY(image.check_segments());
  return image;
}

Result<void> ElfImage::read_file_header() {
  u8 width = peek<u8>(file_, 4);
  wide_ = width == class_64;
  u16 type = peek<u16>(file_, 16), machine = peek<u16>(file_, 18);
  bool good = file_.size() >= (wide_ ? 64u : 52u) && peek<u32>(file_, 0) == magic && (wide_ || width == class_32) &&
              peek<u8>(file_, 5) == little_endian && (type == type_executable || type == type_shared) &&
              is_known(machine);
  if (!good) return Failure{XEN_ENOEXEC};
  machine_ = static_cast<ElfMachine>(machine);
  u64 word = wide_ ? 8 : 4;
  entry_ = peek_word(file_, 24, wide_);
  headers_at_ = peek_word(file_, 24 + word, wide_);
  sections_at_ = peek_word(file_, 24 + 2 * word, wide_);
  u64 sizes_at = 24 + 3 * word + 6;  // behind flags and the size of this header
  header_size_ = peek<u16>(file_, sizes_at);
  header_count_ = peek<u16>(file_, sizes_at + 2);
  section_size_ = peek<u16>(file_, sizes_at + 4);
  section_count_ = peek<u16>(file_, sizes_at + 6);
  return {};
}

Result<void> ElfImage::check_segments() {
  if (header_count_ > max_headers || header_size_ < (wide_ ? 56u : 32u)) return Failure{XEN_EINVAL};
  TRY(slice(file_, headers_at_, u64{header_size_} * header_count_));
  for (u32 i = 0; i < header_count_; ++i) {
    ProgramHeader h = header(i);
    if (h.type != segment_load && h.type != segment_note) continue;
    TRY(slice(file_, h.offset, h.file_size));
    if (h.type != segment_load || h.memory_size == 0) continue;
    bool fits = h.physical < address_limit && h.memory_size <= address_limit - h.physical;
    if (h.file_size > h.memory_size || !fits) return Failure{XEN_EINVAL};
    lowest_ = std::min(lowest_, h.physical);
    highest_ = std::max(highest_, h.physical + h.memory_size);
  }
  if (highest_ == 0) return Failure{XEN_EINVAL};
  return {};
}

// The two classes order the fields differently.
ElfImage::ProgramHeader ElfImage::header(u32 index) const {
  u64 at = headers_at_ + u64{header_size_} * index;
  u64 word = wide_ ? 8 : 4, first = at + word;
  u64 flags_at = wide_ ? at + 4 : at + 24;
  return {peek<u32>(file_, at), peek<u32>(file_, flags_at), peek_word(file_, first, wide_),
          peek_word(file_, first + word, wide_), peek_word(file_, first + 2 * word, wide_),
          peek_word(file_, first + 3 * word, wide_), peek_word(file_, first + 4 * word, wide_)};
}

std::optional<ElfSegment> ElfImage::loadable(u32 index) const {
  ProgramHeader h = header(index);
  if (h.type != segment_load || h.memory_size == 0) return std::nullopt;
  return ElfSegment{h.physical, h.virtual_address, file_.subspan(h.offset, h.file_size), h.memory_size,
                    (h.flags & flag_executable) != 0, (h.flags & flag_writable) != 0};
}

Bytes ElfImage::note_section(u32 index) const {
  u64 at = sections_at_ + u64{section_size_} * index;
  u64 word = wide_ ? 8 : 4;
  if (slice(file_, sections_at_, u64{section_size_} * section_count_).failed()) return {};
  if (section_size_ < 8 + 4 * word || peek<u32>(file_, at + 4) != section_note) return {};
  return slice(file_, peek_word(file_, at + 8 + 2 * word, wide_), peek_word(file_, at + 8 + 3 * word, wide_))
      .value_or({});
}

// Segments first; kernels without note segments have their notes in sections only.
std::optional<Bytes> ElfImage::note(u32 type) const {
  for (u32 i = 0; i < header_count_; ++i) {
    ProgramHeader h = header(i);
    if (h.type != segment_note) continue;
    if (auto found = find_note(file_.subspan(h.offset, h.file_size), type)) return found;
  }
  for (u32 i = 0; i < section_count_; ++i)
    if (auto found = find_note(note_section(i), type)) return found;
  return std::nullopt;
}

std::optional<u64> ElfImage::note_number(u32 type) const {
  std::optional<Bytes> contents = note(type);
  if (!contents) return std::nullopt;
  switch (contents->size()) {
    case 1: return peek<u8>(*contents, 0);
    case 2: return peek<u16>(*contents, 0);
    case 4: return peek<u32>(*contents, 0);
    case 8: return peek<u64>(*contents, 0);
  }
  return std::nullopt;
}

std::optional<std::string_view> ElfImage::note_text(u32 type) const {
  std::optional<Bytes> contents = note(type);
  if (!contents) return std::nullopt;
  return text_of(*contents);
}

}  // namespace xenolith
