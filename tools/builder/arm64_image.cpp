// SPDX-License-Identifier: MIT
#include "tools/builder/arm64_image.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "tools/base/error.hpp"
#include "tools/builder/decompress.hpp"

namespace xenolith::tools {
namespace {

struct Header {
  uint32_t code[2];
  uint64_t text_offset, image_size, flags, reserved[3];
  uint32_t magic, pe_offset;
};
static_assert(sizeof(Header) == 64);

constexpr uint32_t magic = 0x644d5241;  // "ARM\x64"
constexpr uint64_t big_endian = 1;
constexpr uint64_t old_text_offset = 0x80000;  // of kernels that do not say their size, before Linux 3.17

Arm64Image parse(std::unique_ptr<ByteSource> bytes, std::string type, uint64_t limit) {
  Header header{};
  if (bytes->size() < sizeof header) fail(ENOEXEC, "not a kernel image of arm64: too short");
  bytes->read(0, std::as_writable_bytes(std::span(&header, 1)));
  if (header.magic != magic) fail(ENOEXEC, "not a kernel image of arm64 (Image, or Image packed with gzip)");
  if ((header.flags & big_endian) != 0) fail(ENOEXEC, "a big-endian kernel");
  Arm64Image image{std::move(bytes), header.text_offset, header.image_size, std::move(type)};
  if (image.size == 0) image.offset = old_text_offset, image.size = image.bytes->size();
  image.size = std::max(image.size, image.bytes->size());
  if (image.offset > limit || image.size > limit - image.offset)
    fail(ENOMEM, "needs {} bytes of memory from offset {}, and the guest has {}", image.size, image.offset, limit);
  return image;
}

std::unique_ptr<ByteSource> unpacked(const ByteSource& file, uint64_t limit) {
  if (file.size() > limit) fail(ENOEXEC, "larger than the guest's memory");
  MemorySource packed(file.size());
  file.read(0, packed.bytes());
  uint32_t size = 0;  // gzip's last field, modulo 4 GiB
  std::memcpy(&size, packed.bytes().data() + packed.size() - sizeof size, sizeof size);
  if (size == 0 || size > limit) fail(ENOEXEC, "unpacks to {} bytes, and the guest has {}", size, limit);
  auto memory = std::make_unique<MemorySource>(size);
  memory->shrink(unpack(Packing::gzip, packed.bytes(), memory->bytes()));
  return memory;
}

}  // namespace

Arm64Image open_arm64_image(std::unique_ptr<ByteSource> file, uint64_t limit) {
  std::vector<std::byte> start(std::min<uint64_t>(file->size(), 8));
  file->read(0, start);
  if (file->size() >= 18 && packing_of(start) == Packing::gzip) return parse(unpacked(*file, limit), "Image (gzip)", limit);
  return parse(std::move(file), "Image", limit);
}

Arm64Image load_arm64_image(const std::string& path, uint64_t limit) {
  return in_context("kernel " + path, [&] { return open_arm64_image(std::make_unique<FileSource>(path), limit); });
}

}  // namespace xenolith::tools
