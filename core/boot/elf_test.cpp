// SPDX-License-Identifier: MIT
#include "core/boot/elf.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace xenolith {
namespace {

template <class T>
void put(std::vector<u8>& image, size_t at, T value) { std::memcpy(&image.at(at), &value, sizeof(T)); }

// 64-bit: headers at 64, one segment of 16 bytes at 0x100, a note segment at 0x140, a section table at 0x180.
std::vector<u8> file_64() {
  std::vector<u8> f(0x200);
  put<u32>(f, 0, 0x464c457f);
  f[4] = 2, f[5] = 1;
  put<u16>(f, 16, 2), put<u16>(f, 18, 62);
  put<u64>(f, 24, 0xffffffff81000000), put<u64>(f, 32, 64);
  put<u16>(f, 54, 56), put<u16>(f, 56, 2);
  put<u32>(f, 64, 1), put<u32>(f, 68, 5), put<u64>(f, 72, 0x100), put<u64>(f, 80, 0xffffffff81000000);
  put<u64>(f, 88, 0x1000000), put<u64>(f, 96, 16), put<u64>(f, 104, 0x3000);
  put<u32>(f, 120, 4), put<u64>(f, 128, 0x140), put<u64>(f, 152, 0x14 + 0x14);
  put<u32>(f, 0x140, 4), put<u32>(f, 0x144, 4), put<u32>(f, 0x148, 18), std::memcpy(&f[0x14c], "Xen", 4);
  put<u32>(f, 0x150, 0x1000040);
  put<u32>(f, 0x154, 4), put<u32>(f, 0x158, 4), put<u32>(f, 0x15c, 6), std::memcpy(&f[0x160], "Xen\0abc", 8);
  return f;
}

TEST(Elf, SegmentsOf64Bit) {
  auto file = file_64();
  auto image = ElfImage::parse(file);
  ASSERT_TRUE(image);
  EXPECT_TRUE(image->is_64bit());
  EXPECT_EQ(image->entry(), 0xffffffff81000000u);
  EXPECT_EQ(image->lowest_physical(), 0x1000000u);
  EXPECT_EQ(image->highest_physical(), 0x1003000u);
  int count = 0;
  image->for_each_segment([&](const ElfSegment& s) {
    ++count;
    EXPECT_EQ(s.contents.data(), file.data() + 0x100);
    EXPECT_EQ(s.contents.size(), 16u);
    EXPECT_EQ(s.memory_size, 0x3000u);
    EXPECT_TRUE(s.is_executable && !s.is_writable);
  });
  EXPECT_EQ(count, 1);
}

TEST(Elf, Notes) {
  auto file = file_64();
  auto image = ElfImage::parse(file);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->note_number(18), 0x1000040u);
  EXPECT_EQ(image->note_text(6), "abc");
  EXPECT_FALSE(image->note(5));
  put<u32>(file, 0x144, 0xffffffff);  // contents outside the segment
  EXPECT_FALSE(image->note(18));
}

TEST(Elf, NotesInSectionsOnly) {
  auto file = file_64();
  put<u32>(file, 120, 0);
  put<u64>(file, 40, 0x180), put<u16>(file, 58, 64), put<u16>(file, 60, 1);
  put<u32>(file, 0x184, 7), put<u64>(file, 0x198, 0x140), put<u64>(file, 0x1a0, 0x28);
  auto image = ElfImage::parse(file);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->note_number(18), 0x1000040u);
  put<u16>(file, 60, 0xffff);  // table outside the file
  EXPECT_FALSE(ElfImage::parse(file)->note(18));
}

TEST(Elf, SegmentsOf32Bit) {
  std::vector<u8> f(0x100);
  put<u32>(f, 0, 0x464c457f);
  f[4] = 1, f[5] = 1;
  put<u16>(f, 16, 2), put<u16>(f, 18, 3);
  put<u32>(f, 24, 0x100000), put<u32>(f, 28, 52), put<u16>(f, 42, 32), put<u16>(f, 44, 1);
  put<u32>(f, 52, 1), put<u32>(f, 56, 0x80), put<u32>(f, 60, 0x100000), put<u32>(f, 64, 0x200000);
  put<u32>(f, 68, 8), put<u32>(f, 72, 16), put<u32>(f, 76, 6);
  auto image = ElfImage::parse(f);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->machine(), ElfMachine::i386);
  EXPECT_EQ(image->entry(), 0x100000u);
  image->for_each_segment([&](const ElfSegment& s) {
    EXPECT_EQ(s.physical, 0x200000u);
    EXPECT_EQ(s.contents.size(), 8u);
    EXPECT_TRUE(s.is_writable && !s.is_executable);
  });
}

TEST(Elf, Errors) {
  struct Case {
    size_t at;
    u64 value;
    Error error;
  };
  for (Case c : {Case{0, 0, XEN_ENOEXEC},                   // magic
                 Case{72, 0x1f1, XEN_EINVAL},               // contents past the end
                 Case{72, ~u64{0}, XEN_EINVAL},             // offset wraps
                 Case{96, 0x3001, XEN_EINVAL},              // more contents than file
                 Case{104, 15, XEN_EINVAL},                 // less memory than contents
                 Case{104, ~u64{0}, XEN_EINVAL},            // memory wraps
                 Case{88, u64{1} << 52, XEN_EINVAL},        // above the limit
                 Case{104, 0, XEN_EINVAL},                  // nothing to load
                 Case{128, 0x1f0, XEN_EINVAL},              // notes past the end
                 Case{32, 0x1f0, XEN_EINVAL}}) {            // headers past the end
    auto file = file_64();
    put<u64>(file, c.at, c.value);
    auto image = ElfImage::parse(file);
    ASSERT_TRUE(image.failed()) << c.at;
    EXPECT_EQ(image.error(), c.error) << c.at;
  }
  EXPECT_EQ(ElfImage::parse({}).error(), XEN_ENOEXEC);
}

}  // namespace
}  // namespace xenolith
