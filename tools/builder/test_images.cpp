// SPDX-License-Identifier: MIT
#include "tools/builder/test_images.hpp"

#include <elf.h>
#include <lz4.h>
#include <lzma.h>
#include <xen/elfnote.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <stdexcept>

namespace xenolith::tools::test {
namespace {

template <typename T>
void put(Bytes& bytes, const T& value) {
  auto from = reinterpret_cast<const uint8_t*>(&value);
  bytes.insert(bytes.end(), from, from + sizeof value);
}

void put_note(Bytes& notes, uint32_t type, const Bytes& content) {
  put(notes, Elf64_Nhdr{4, uint32_t(content.size()), type});
  put(notes, std::array<char, 4>{'X', 'e', 'n', 0});
  notes.insert(notes.end(), content.begin(), content.end());
  notes.resize((notes.size() + 3) & ~size_t(3));
}

Bytes make_notes(const ElfOptions& options) {
  Bytes notes;
  if (options.linux_guest) put_note(notes, XEN_ELFNOTE_GUEST_OS, {'l', 'i', 'n', 'u', 'x', 0});
  Bytes entry;
  put(entry, options.entry);
  if (options.note) put_note(notes, XEN_ELFNOTE_PHYS32_ENTRY, entry);
  return notes;
}

template <typename Header, typename Program>
Bytes make(const ElfOptions& options, unsigned char elf_class, uint16_t machine) {
  Bytes notes = make_notes(options);
  Header header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = elf_class;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = machine;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Program);
  header.e_phnum = 2;
  Program note{}, load{};
  note.p_type = PT_NOTE;
  note.p_offset = sizeof header + 2 * sizeof(Program);
  note.p_filesz = note.p_memsz = decltype(note.p_memsz)(notes.size());
  load.p_type = PT_LOAD;
  load.p_offset = note.p_offset + note.p_filesz;
  load.p_paddr = decltype(load.p_paddr)(options.address);
  load.p_filesz = decltype(load.p_filesz)(options.content);
  load.p_memsz = decltype(load.p_memsz)(options.size);
  Bytes bytes;
  put(bytes, header);
  put(bytes, note);
  put(bytes, load);
  bytes.insert(bytes.end(), notes.begin(), notes.end());
  for (uint64_t i = 0; i < options.content; ++i) bytes.push_back(uint8_t(i * 7 + 1));
  return bytes;
}

Bytes pack_lz4(const Bytes& content) {
  constexpr size_t block = 8 << 20;
  Bytes packed{0x02, 0x21, 0x4c, 0x18};
  for (size_t from = 0; from < content.size(); from += block) {
    int size = int(std::min(block, content.size() - from));
    Bytes piece(size_t(LZ4_compressBound(size)));
    int count = LZ4_compress_default(reinterpret_cast<const char*>(content.data() + from),
                                     reinterpret_cast<char*>(piece.data()), size, int(piece.size()));
    put(packed, uint32_t(count));
    packed.insert(packed.end(), piece.begin(), piece.begin() + count);
  }
  return packed;
}

Bytes pack_gzip(const Bytes& content) {
  Bytes packed(content.size() + 1024);
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = const_cast<Bytef*>(content.data());
  stream.avail_in = uInt(content.size());
  stream.next_out = packed.data();
  stream.avail_out = uInt(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

Bytes pack_lzma(const Bytes& content, bool xz) {
  Bytes packed(content.size() + 4096);
  lzma_stream stream = LZMA_STREAM_INIT;
  lzma_options_lzma options;
  lzma_lzma_preset(&options, 1);
  lzma_ret result = xz ? lzma_easy_encoder(&stream, 1, LZMA_CHECK_CRC32) : lzma_alone_encoder(&stream, &options);
  stream.next_in = content.data();
  stream.avail_in = content.size();
  stream.next_out = packed.data();
  stream.avail_out = packed.size();
  if (result != LZMA_OK || lzma_code(&stream, LZMA_FINISH) != LZMA_STREAM_END) throw std::runtime_error("lzma");
  packed.resize(stream.total_out);
  lzma_end(&stream);
  return packed;
}

}  // namespace

Bytes make_elf(const ElfOptions& options) {
  if (options.wide) return make<Elf64_Ehdr, Elf64_Phdr>(options, ELFCLASS64, EM_X86_64);
  return make<Elf32_Ehdr, Elf32_Phdr>(options, ELFCLASS32, EM_386);
}

Bytes make_bzimage(const Bytes& payload, uint32_t unpacked_size) {
  constexpr size_t setup_sectors = 2, start = (setup_sectors + 1) * 512;
  Bytes image(start);
  image[0x1f1] = setup_sectors;
  std::memcpy(&image[0x202], "HdrS", 4);
  uint16_t version = 0x20f;
  std::memcpy(&image[0x206], &version, 2);
  uint32_t length = uint32_t(payload.size()) + 4;
  std::memcpy(&image[0x24c], &length, 4);
  image.insert(image.end(), payload.begin(), payload.end());
  put(image, unpacked_size);
  return image;
}

std::unique_ptr<ByteSource> source_of(const Bytes& bytes) {
  auto source = std::make_unique<MemorySource>(bytes.size());
  if (!bytes.empty()) std::memcpy(source->bytes().data(), bytes.data(), bytes.size());
  return source;
}

Bytes pack(const std::string& how, const Bytes& content) {
  if (how == "gzip") return pack_gzip(content);
  if (how == "xz") return pack_lzma(content, true);
  if (how == "lzma") return pack_lzma(content, false);
  if (how == "lz4") return pack_lz4(content);
  Bytes packed(ZSTD_compressBound(content.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), content.data(), content.size(), 3));
  return packed;
}

}  // namespace xenolith::tools::test
