// SPDX-License-Identifier: MIT
#include "tools/builder/elf_kernel.hpp"

#include <elf.h>
#include <xen/elfnote.h>
#include <xen/features.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

constexpr size_t max_headers = 256;
constexpr uint64_t max_notes = 1 << 20;

template <typename T>
T read_as(const ByteSource& source, uint64_t offset) {
  T value;
  source.read(offset, std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

// Headers of both ELF classes, widened.
struct ProgramHeader {
  uint32_t type = 0;
  uint64_t offset = 0, address = 0, file_size = 0, size = 0, align = 0;
};

struct Headers {
  std::vector<ProgramHeader> program;
  std::vector<ProgramHeader> note_sections;  // where notes are not in a segment
};

template <typename Header, typename Program, typename Section>
Headers read_headers(const ByteSource& source) {
  auto header = read_as<Header>(source, 0);
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) fail(ENOEXEC, "ELF file is not executable");
  if (header.e_phentsize != sizeof(Program)) fail(ENOEXEC, "ELF program headers of {} bytes", header.e_phentsize);
  if (header.e_phnum == 0 || header.e_phnum > max_headers)
    fail(ENOEXEC, "ELF file with {} program headers", header.e_phnum);
  Headers headers;
  for (size_t i = 0; i < header.e_phnum; ++i) {
    auto program = read_as<Program>(source, uint64_t(header.e_phoff) + i * sizeof(Program));
    headers.program.push_back(
        {program.p_type, program.p_offset, program.p_paddr, program.p_filesz, program.p_memsz, program.p_align});
  }
  if (header.e_shentsize != sizeof(Section) || header.e_shnum > max_headers) return headers;
  for (size_t i = 0; i < header.e_shnum; ++i) {
    uint64_t offset = uint64_t(header.e_shoff) + i * sizeof(Section);
    if (offset < header.e_shoff || offset > source.size() || source.size() - offset < sizeof(Section)) break;
    auto section = read_as<Section>(source, offset);
    if (section.sh_type == SHT_NOTE)
      headers.note_sections.push_back(
          {PT_NOTE, section.sh_offset, 0, section.sh_size, section.sh_size, section.sh_addralign});
  }
  return headers;
}

Headers read_headers(const ByteSource& source) {
  if (!is_elf(source)) fail(ENOEXEC, "not an ELF file");
  unsigned char ident[EI_NIDENT];
  source.read(0, std::as_writable_bytes(std::span(ident)));
  if (ident[EI_DATA] != ELFDATA2LSB) fail(ENOEXEC, "ELF file for a big-endian machine");
  uint16_t machine = read_as<uint16_t>(source, offsetof(Elf64_Ehdr, e_machine));
  if (machine != EM_386 && machine != EM_X86_64) fail(ENOEXEC, "ELF file for machine {}, not x86", machine);
  if (ident[EI_CLASS] == ELFCLASS64) return read_headers<Elf64_Ehdr, Elf64_Phdr, Elf64_Shdr>(source);
  if (ident[EI_CLASS] == ELFCLASS32) return read_headers<Elf32_Ehdr, Elf32_Phdr, Elf32_Shdr>(source);
  fail(ENOEXEC, "ELF file of class {}", ident[EI_CLASS]);
}

KernelSegment segment_of(const ProgramHeader& header, uint64_t file_size, uint64_t limit) {
  if (header.file_size > header.size) fail(ENOEXEC, "ELF segment is larger in the file than in memory");
  if (header.offset > file_size || header.file_size > file_size - header.offset)
    fail(ENOEXEC, "ELF segment at {:#x} lies beyond the end of the file", header.address);
  if (header.address > limit || header.size > limit - header.address)
    fail(ENOEXEC, "ELF segment at {:#x}, {} bytes, does not fit into the guest's memory, which ends at {:#x}",
         header.address, header.size, limit);
  return {header.offset, header.file_size, header.address, header.size};
}

std::vector<KernelSegment> segments_of(const std::vector<ProgramHeader>& headers, uint64_t file_size, uint64_t limit) {
  std::vector<KernelSegment> segments;
  for (auto& header : headers)
    if (header.type == PT_LOAD && header.size > 0) segments.push_back(segment_of(header, file_size, limit));
  if (segments.empty()) fail(ENOEXEC, "ELF file with nothing to load");
  std::ranges::sort(segments, {}, &KernelSegment::address);
  for (size_t i = 1; i < segments.size(); ++i)
    if (segments[i - 1].address + segments[i - 1].size > segments[i].address)
      fail(ENOEXEC, "ELF segments at {:#x} and {:#x} overlap", segments[i - 1].address, segments[i].address);
  return segments;
}

struct Notes {
  std::optional<uint64_t> entry;
  bool linux_guest = false;
  bool rsdp_unrestricted = false;
};

uint64_t number_of(std::span<const std::byte> content) {
  uint64_t value = 0;
  std::memcpy(&value, content.data(), std::min<size_t>(content.size(), sizeof value));
  return value;
}

std::string_view text_of(std::span<const std::byte> content) {
  std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
  return text.substr(0, text.find('\0'));
}

void take_note(uint32_t type, std::span<const std::byte> content, Notes& notes) {
  if (type == XEN_ELFNOTE_PHYS32_ENTRY && (content.size() == 4 || content.size() == 8))
    notes.entry = number_of(content);
  if (type == XEN_ELFNOTE_GUEST_OS) notes.linux_guest = text_of(content) == "linux";
  if (type == XEN_ELFNOTE_SUPPORTED_FEATURES)
    notes.rsdp_unrestricted |= (number_of(content) >> XENFEAT_linux_rsdp_unrestricted & 1) != 0;
  if (type == XEN_ELFNOTE_FEATURES)
    notes.rsdp_unrestricted |= text_of(content).find("linux_rsdp_unrestricted") != std::string_view::npos;
}

void take_notes(std::span<const std::byte> bytes, Notes& notes) {
  // ELF gABI, "Note Section": name and content are padded to 4 bytes.
  auto padded = [](uint64_t size) { return (size + 3) & ~uint64_t(3); };
  while (bytes.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr header;
    std::memcpy(&header, bytes.data(), sizeof header);
    bytes = bytes.subspan(sizeof header);
    uint64_t name = padded(header.n_namesz);
    uint64_t content = padded(header.n_descsz);
    if (name > bytes.size() || header.n_descsz > bytes.size() - name) return;
    if (text_of(bytes.first(header.n_namesz)) == "Xen")
      take_note(header.n_type, bytes.subspan(name, header.n_descsz), notes);
    bytes = bytes.subspan(std::min<uint64_t>(name + content, bytes.size()));
  }
}

Notes read_notes(const ByteSource& source, const std::vector<ProgramHeader>& headers) {
  Notes notes;
  for (auto& header : headers) {
    if (header.type != PT_NOTE || header.file_size > max_notes || header.offset > source.size() ||
        header.file_size > source.size() - header.offset)
      continue;
    std::vector<std::byte> bytes(header.file_size);
    source.read(header.offset, bytes);
    take_notes(bytes, notes);
  }
  return notes;
}

}  // namespace

bool is_elf(const ByteSource& source) {
  if (source.size() < sizeof(Elf32_Ehdr)) return false;
  char magic[SELFMAG];
  source.read(0, std::as_writable_bytes(std::span(magic)));
  return std::memcmp(magic, ELFMAG, SELFMAG) == 0;
}

ElfKernel parse_elf_kernel(const ByteSource& source, uint64_t limit) {
  Headers headers = read_headers(source);
  ElfKernel kernel;
  kernel.segments = segments_of(headers.program, source.size(), limit);
  Notes notes = read_notes(source, headers.program);
  if (!notes.entry) notes = read_notes(source, headers.note_sections);
  if (!notes.entry)
    fail(ENOEXEC, "the kernel cannot start as a PVH guest: it has no ELF note XEN_ELFNOTE_PHYS32_ENTRY");
  bool inside = std::ranges::any_of(kernel.segments, [&](const KernelSegment& segment) {
    return *notes.entry >= segment.address && *notes.entry - segment.address < segment.size;
  });
  if (!inside) fail(ENOEXEC, "the kernel's entry {:#x} is outside its segments", *notes.entry);
  kernel.entry = *notes.entry;
  kernel.finds_rsdp_anywhere = !notes.linux_guest || notes.rsdp_unrestricted;
  return kernel;
}

}  // namespace xenolith::tools
