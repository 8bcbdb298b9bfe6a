// SPDX-License-Identifier: MIT
#include "tools/builder/kernel.hpp"

#include <cstring>
#include <functional>
#include <optional>
#include <vector>

#include "tools/base/error.hpp"
#include "tools/builder/decompress.hpp"

namespace xenolith::tools {
namespace {

// Where a bzImage keeps the packed kernel.
struct Payload {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// Linux, "The Linux/x86 Boot Protocol", section "The Real-Mode Kernel Header".
struct SetupHeader {
  static constexpr uint64_t offset = 0x1f1;
  uint8_t setup_sectors;
  uint8_t skipped[0x202 - 0x1f2];
  char magic[4];  // "HdrS"
  uint16_t version;
  uint8_t skipped_too[0x248 - 0x208];
  uint32_t payload_offset;
  uint32_t payload_length;
} __attribute__((packed));
static_assert(SetupHeader::offset + offsetof(SetupHeader, magic) == 0x202);
static_assert(SetupHeader::offset + offsetof(SetupHeader, payload_offset) == 0x248);

std::optional<SetupHeader> setup_header(const ByteSource& file) {
  SetupHeader header;
  if (file.size() < SetupHeader::offset + sizeof header) return std::nullopt;
  file.read(SetupHeader::offset, std::as_writable_bytes(std::span(&header, 1)));
  if (std::memcmp(header.magic, "HdrS", 4) != 0) return std::nullopt;
  return header;
}

Payload payload_of(const SetupHeader& header, uint64_t file_size) {
  if (header.version < 0x208) fail(ENOEXEC, "bzImage of boot protocol {:#x}: older than 2.08", header.version);
  // No number of setup sectors means four.
  uint64_t start = (uint64_t(header.setup_sectors ? header.setup_sectors : 4) + 1) * 512 + header.payload_offset;
  if (start > file_size || header.payload_length > file_size - start)
    fail(ENOEXEC, "bzImage is cut short: its kernel should end at {} of {} bytes", start + header.payload_length,
         file_size);
  if (header.payload_length < 8) fail(ENOEXEC, "bzImage with a kernel of {} bytes", header.payload_length);
  return {start, header.payload_length};
}

std::unique_ptr<MemorySource> read_all(const ByteSource& file, Payload payload) {
  auto memory = std::make_unique<MemorySource>(payload.size);
  file.read(payload.offset, memory->bytes());
  return memory;
}

// Both gzip and the kernel's build put the unpacked size, modulo 4 GiB, into the last four bytes.
uint32_t announced_size(std::span<const std::byte> packed) {
  uint32_t size = 0;
  std::memcpy(&size, packed.data() + packed.size() - 4, sizeof size);
  return size;
}

std::unique_ptr<MemorySource> unpacked(std::span<const std::byte> packed, Packing packing, uint64_t limit) {
  uint64_t size = announced_size(packed);
  if (size == 0 || size > limit)
    fail(ENOEXEC, "its kernel unpacks to {} bytes, which is not in the guest's memory of {} bytes", size, limit);
  auto memory = std::make_unique<MemorySource>(size);
  memory->shrink(unpack(packing, packed, memory->bytes()));
  return memory;
}

// How a kernel is unpacked: the packed bytes, how, at most how large.
using Unpacker = std::function<std::unique_ptr<ByteSource>(std::span<const std::byte>, Packing, uint64_t)>;

Kernel packed_kernel(std::unique_ptr<MemorySource> packed, const std::string& kind, uint64_t limit, const Unpacker& unpacker) {
  Kernel kernel;
  if (is_elf(*packed)) {
    kernel.type = kind;
    kernel.bytes = std::move(packed);
  } else {
    auto packing = packing_of(packed->bytes());
    if (!packing) fail(ENOEXEC, "its kernel is packed in a way that is not known (known: gzip, xz, lzma, zstd, lz4)");
    kernel.type = fmt::format("{} ({})", kind, packing_name(*packing));
    kernel.bytes = unpacker(packed->bytes(), *packing, limit);
  }
  kernel.elf = parse_elf_kernel(*kernel.bytes, limit);
  return kernel;
}

Kernel open_with(std::unique_ptr<ByteSource> file, uint64_t limit, const Unpacker& unpacker) {
  if (is_elf(*file)) {
    Kernel kernel{std::move(file), {}, "ELF"};
    kernel.elf = parse_elf_kernel(*kernel.bytes, limit);
    return kernel;
  }
  if (auto header = setup_header(*file))
    return packed_kernel(read_all(*file, payload_of(*header, file->size())), "bzImage", limit, unpacker);
  std::vector<std::byte> start(std::min<uint64_t>(file->size(), 8));
  file->read(0, start);
  if (file->size() < 18 || packing_of(start) != Packing::gzip) fail(ENOEXEC, "not an ELF or bzImage");
  if (file->size() > limit) fail(ENOEXEC, "larger than the guest's memory");
  return packed_kernel(read_all(*file, {0, file->size()}), "ELF", limit, unpacker);
}

}  // namespace

Kernel open_kernel(std::unique_ptr<ByteSource> file, uint64_t limit) { return open_with(std::move(file), limit, unpacked); }

Kernel load_kernel(const std::string& path, uint64_t limit, const KernelCache& cache) {
  return in_context("kernel " + path, [&] {
    auto file = std::make_unique<FileSource>(path);
    const FileSource& source = *file;
    std::string identity = source.identity();
    // The file lives as long as it is unpacked.
    auto unpacker = [&](std::span<const std::byte> packed, Packing packing, uint64_t most) -> std::unique_ptr<ByteSource> {
      if (auto kept = cache.find(identity); kept && kept->size() <= most) return kept;
      auto memory = unpacked(packed, packing, most);
      cache.keep(source, identity, memory->bytes());
      return memory;
    };
    return open_with(std::move(file), limit, unpacker);
  });
}

}  // namespace xenolith::tools
