// SPDX-License-Identifier: MIT
#include "tools/builder/kernel.hpp"

#include <gtest/gtest.h>

#include "tools/base/error.hpp"
#include "tools/builder/test_images.hpp"

namespace xenolith::tools {
namespace {

using test::Bytes;

constexpr uint64_t limit = 64 << 20;

std::string refusal(const Bytes& bytes, uint64_t room = limit) {
  try {
    open_kernel(test::source_of(bytes), room);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Kernel, ElfOfBothClasses) {
  for (bool wide : {false, true}) {
    Kernel kernel = open_kernel(test::source_of(test::make_elf({.wide = wide})), limit);
    EXPECT_EQ(kernel.type, "ELF");
    EXPECT_EQ(kernel.elf.entry, 0x100010u);
    ASSERT_EQ(kernel.elf.segments.size(), 1u);
    EXPECT_EQ(kernel.elf.low(), 0x100000u);
    EXPECT_EQ(kernel.elf.high(), 0x102000u);
    EXPECT_TRUE(kernel.elf.finds_rsdp_anywhere);
    std::byte first;
    kernel.bytes->read(kernel.elf.segments[0].offset, {&first, 1});
    EXPECT_EQ(first, std::byte(1));
  }
}

TEST(Kernel, OldLinuxWantsItsRsdpLow) {
  EXPECT_FALSE(open_kernel(test::source_of(test::make_elf({.linux_guest = true})), limit).elf.finds_rsdp_anywhere);
}

TEST(Kernel, BzImageWithEachPacking) {
  Bytes elf = test::make_elf({.content = 9 << 20, .size = 10 << 20});
  for (std::string how : {"gzip", "xz", "lzma", "zstd", "lz4"}) {
    Kernel kernel = open_kernel(test::source_of(test::make_bzimage(test::pack(how, elf), uint32_t(elf.size()))), limit);
    EXPECT_EQ(kernel.type, "bzImage (" + how + ")");
    EXPECT_EQ(kernel.bytes->size(), elf.size()) << how;
    std::vector<std::byte> back(elf.size());
    kernel.bytes->read(0, back);
    EXPECT_EQ(std::memcmp(back.data(), elf.data(), elf.size()), 0) << how;
  }
}

TEST(Kernel, BzImageThatIsNotPacked) {
  Bytes elf = test::make_elf();
  EXPECT_EQ(open_kernel(test::source_of(test::make_bzimage(elf, uint32_t(elf.size()))), limit).type, "bzImage");
}

TEST(Kernel, PackedElf) {
  EXPECT_EQ(open_kernel(test::source_of(test::pack("gzip", test::make_elf())), limit).type, "ELF (gzip)");
}

TEST(Kernel, DamagedPacking) {
  Bytes elf = test::make_elf({.content = 100000, .size = 200000});
  for (std::string how : {"gzip", "xz", "lzma", "zstd", "lz4"}) {
    Bytes packed = test::pack(how, elf);
    EXPECT_NE(refusal(test::make_bzimage(packed, 1000)).find("cannot be unpacked"), std::string::npos) << how;
    Bytes cut(packed.begin(), packed.begin() + long(packed.size() / 2));
    EXPECT_NE(refusal(test::make_bzimage(cut, uint32_t(elf.size()))), "") << how;
    EXPECT_NE(refusal(test::make_bzimage(packed, 0xfffffff0)).find("not in the guest's memory"), std::string::npos)
        << how;
  }
}

TEST(Kernel, SaysWhatIsWrong) {
  auto says = [](const Bytes& bytes, const std::string& what, uint64_t room = limit) {
    EXPECT_NE(refusal(bytes, room).find(what), std::string::npos) << what << ": " << refusal(bytes, room);
  };
  says({}, "not an ELF or bzImage");
  says(Bytes(4096, 'x'), "not an ELF or bzImage");
  says(test::make_elf({.note = false}), "no ELF note XEN_ELFNOTE_PHYS32_ENTRY");
  says(test::make_elf({.entry = 0x200000}), "entry 0x200000 is outside");
  says(test::make_elf({.address = 0x100000}), "does not fit into the guest's memory", 0x101000);
  says(test::make_elf({.address = ~uint64_t(0) - 100}), "does not fit into the guest's memory");
  says(test::make_elf({.content = 100, .size = 50}), "larger in the file than in memory");
  Bytes cut = test::make_elf();
  cut.resize(cut.size() - 1);
  says(cut, "beyond the end of the file");
  Bytes arm = test::make_elf();
  arm[18] = 183;
  says(arm, "machine 183");
  Bytes old = test::make_bzimage(test::make_elf(), 0);
  old[0x206] = 7;
  says(old, "older than 2.08");
  says(test::make_bzimage(Bytes(100, 'x'), 1000), "packed in a way that is not known");
}

TEST(Kernel, NamesTheFile) {
  try {
    load_kernel("/nonexistent/vmlinuz", limit);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ENOENT);
    EXPECT_STREQ(error.what(), "kernel /nonexistent/vmlinuz: opening /nonexistent/vmlinuz: No such file or directory");
  }
  EXPECT_THROW(load_kernel("/", limit), Error);
}

}  // namespace
}  // namespace xenolith::tools
