// SPDX-License-Identifier: MIT
#include "core/boot/bzimage.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "core/base/interface.hpp"
#include "core/boot/elf.hpp"

extern "C" {
#include <xen/elfnote.h>
}

namespace xenolith {
namespace {

template <class T>
void put(std::vector<u8>& image, size_t at, T value) { std::memcpy(&image.at(at), &value, sizeof(T)); }

std::vector<u8> tiny_image() {
  std::vector<u8> image(0x600);
  image[0x1f1] = 1;
  put<u16>(image, 0x1fe, 0xaa55);
  put<u32>(image, 0x202, 0x53726448);
  put<u16>(image, 0x206, 0x020f);
  put<u32>(image, 0x248, 0x10);
  put<u32>(image, 0x24c, 0x20);
  put<u32>(image, 0x410, 0x464c457f);
  return image;
}

TEST(BzImage, PlainElfPayload) {
  auto image = tiny_image();
  auto parsed = BzImage::parse(image);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->format, CompressionFormat::none);
  EXPECT_EQ(parsed->uncompressed_size, 0x20u);
  EXPECT_EQ(parsed->payload.data(), image.data() + 0x410);
  std::vector<u8> out(0x20), arena;
  EXPECT_EQ(*parsed->extract(out, arena), 0x20u);
  EXPECT_EQ(out[1], 'E');
  EXPECT_EQ(parsed->extract(std::span{out}.first(31), arena).error(), XEN_ENOSPC);
}

TEST(BzImage, Errors) {
  auto image = tiny_image();
  EXPECT_EQ(BzImage::parse(std::span{image}.first(0x24f)).error(), XEN_ENOEXEC);
  put<u32>(image, 0x24c, 0x1f1);  // one byte past the end
  EXPECT_EQ(BzImage::parse(image).error(), XEN_EINVAL);
  put<u32>(image, 0x248, 0xffffffff);
  EXPECT_EQ(BzImage::parse(image).error(), XEN_EINVAL);
  put<u16>(image, 0x206, 0x0207);
  EXPECT_EQ(BzImage::parse(image).error(), XEN_EOPNOTSUPP);
  put<u16>(image, 0x1fe, 0);
  EXPECT_EQ(BzImage::parse(image).error(), XEN_ENOEXEC);
}

TEST(BzImage, InstalledKernels) {
  bool found = false;
  for (const auto& entry : std::filesystem::directory_iterator{"/boot"}) {
    if (!entry.path().filename().string().starts_with("vmlinuz-")) continue;
    std::ifstream file{entry.path(), std::ios::binary};
    std::vector<u8> image{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
    auto parsed = BzImage::parse(image);
    if (parsed.failed()) continue;
    found = true;
    std::vector<u8> kernel(parsed->uncompressed_size), arena(decompress_arena_size);
    auto start = std::chrono::steady_clock::now();
    auto size = parsed->extract(kernel, arena);
    std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    std::printf("%s: %s, %zu bytes, %.2f s\n", entry.path().c_str(), std::string{name_of(parsed->format)}.c_str(),
                kernel.size(), time.count());
    ASSERT_TRUE(size) << size.error();
    auto elf = ElfImage::parse(kernel);
    ASSERT_TRUE(elf) << elf.error();
    EXPECT_EQ(elf->machine(), ElfMachine::x86_64);
    EXPECT_GE(elf->lowest_physical(), 0x100000u);
    EXPECT_EQ(elf->note_text(XEN_ELFNOTE_GUEST_OS), "linux");
    auto pvh_entry = elf->note_number(XEN_ELFNOTE_PHYS32_ENTRY);
    ASSERT_TRUE(pvh_entry);
    EXPECT_TRUE(*pvh_entry >= elf->lowest_physical() && *pvh_entry < elf->highest_physical());
  }
  if (!found) GTEST_SKIP() << "no bzImage in /boot";
}

}  // namespace
}  // namespace xenolith
