// SPDX-License-Identifier: MIT
// The headers of a bzImage, then decompression; and decompression of the input by itself.
#include <cstring>
#include <vector>

#include "core/boot/bzimage.hpp"

namespace {
// 64 bytes in each format.
constexpr std::uint8_t gzip[] = {
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 76, 74, 78, 73, 68, 194, 6, 134, 70, 198, 38, 166, 102, 230, 22, 150, 47,
    24, 25, 24, 24, 94, 176, 2, 137, 68, 60, 106, 0, 26, 133, 239, 158, 64, 0, 0, 0};
constexpr std::uint8_t zstd[] = {
    40, 181, 47, 253, 0, 104, 13, 1, 0, 192, 97, 98, 99, 100, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 232, 1, 0, 0,
    0, 232, 5, 0, 0, 0, 2, 0, 142, 98, 24, 238, 18, 1};
constexpr std::uint8_t lz4[] = {
    2, 33, 76, 24, 38, 0, 0, 0, 72, 97, 98, 99, 100, 4, 0, 255, 5, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 232, 1,
    0, 0, 0, 232, 5, 0, 0, 0, 36, 0, 4, 80, 55, 56, 57, 232, 1};
constexpr std::uint8_t lzma[] = {
    93, 0, 16, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 48, 152, 136, 152, 73, 114, 45, 182, 137, 50, 124,
    155, 175, 145, 112, 188, 252, 167, 133, 190, 233, 94, 49, 133, 92, 106, 225, 163, 182, 61, 255, 255, 253, 198,
    32, 0};
constexpr std::uint8_t xz[] = {
    253, 55, 122, 88, 90, 0, 0, 1, 105, 34, 222, 54, 2, 1, 4, 0, 33, 1, 0, 0, 218, 51, 173, 3, 224, 0, 63, 0, 32,
    93, 0, 48, 152, 136, 152, 73, 114, 45, 182, 137, 50, 124, 155, 175, 145, 112, 188, 252, 167, 205, 229, 63, 158,
    21, 110, 96, 112, 151, 82, 159, 46, 192, 0, 0, 26, 133, 239, 158, 0, 1, 56, 64, 64, 72, 197, 65, 144, 66, 153,
    13, 1, 0, 0, 0, 0, 1, 89, 90};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xenolith;
  static std::vector<u8> arena(decompress_arena_size);
  std::vector<u8> input(data, data + size);
  std::vector<u8> output(64 << 10);
  for (size_t room : {size_t{0}, size_t{100}, output.size()}) {
    std::vector<u8> exact(room);
    auto made = decompress(input, exact, arena);
    if (!made.failed() && *made > room) __builtin_trap();
  }
  auto image = BzImage::parse(input);
  if (!image.failed() && image->uncompressed_size <= output.size()) (void)image->extract(output, arena);
  return 0;
}

void xenolith_fuzz_seeds(std::vector<std::vector<std::uint8_t>>& seeds) {
  auto add = [&](const auto& payload) {
    std::vector<std::uint8_t> bytes(std::begin(payload), std::end(payload));
    seeds.push_back(bytes);
    std::vector<std::uint8_t> image(0x410);
    auto put = [&](std::size_t at, std::uint64_t value, std::size_t width) { std::memcpy(&image[at], &value, width); };
    image[0x1f1] = 1;
    put(0x1fe, 0xaa55, 2), put(0x202, 0x53726448, 4), put(0x206, 0x20f, 2), put(0x248, 0x10, 4);
    put(0x24c, bytes.size() + 4, 4);
    image.insert(image.end(), bytes.begin(), bytes.end());
    for (std::uint8_t byte : {0x40, 0, 0, 0}) image.push_back(byte);
    seeds.push_back(image);
  };
  add(gzip), add(zstd), add(lz4), add(lzma), add(xz);
}
