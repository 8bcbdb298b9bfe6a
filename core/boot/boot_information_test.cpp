// SPDX-License-Identifier: MIT
#include "core/boot/boot_information.hpp"

#include <arch/fake.hpp>
#include <gtest/gtest.h>

#include <memory>

#include "core/base/interface.hpp"
#include "core/base/test_memory.hpp"

extern "C" {
#include <xen/arch-x86/hvm/start_info.h>
}

namespace xenolith {
namespace {

constexpr u64 base = 0x10000;

class BootProtocol : public testing::Test {
 protected:
  std::string text(BootText where) { return std::string{info->text(where)}; }
  TestMemory memory{base, 0x4000};
  std::unique_ptr<BootInformation> info = std::make_unique<BootInformation>();
};

TEST_F(BootProtocol, Pvh) {
  hvm_start_info start{.magic = XEN_HVM_START_MAGIC_VALUE, .version = 1, .flags = 0, .nr_modules = 2,
                       .modlist_paddr = base + 0x100, .cmdline_paddr = base + 0x200, .rsdp_paddr = 0xf5000,
                       .memmap_paddr = base + 0x300, .memmap_entries = 2, .reserved = 0};
  memory.put(base, start);
  memory.put(base + 0x100, hvm_modlist_entry{0x1000000, 0x2000, base + 0x240, 0});
  memory.put(base + 0x120, hvm_modlist_entry{0x2000000, 0x3000, 0, 0});
  memory.put_text(base + 0x200, "console=com1 loglvl=all");
  memory.put_text(base + 0x240, "root=/dev/sda1");
  memory.put(base + 0x300, hvm_memmap_table_entry{0, 0xa0000, 1, 0});
  memory.put(base + 0x318, hvm_memmap_table_entry{0xf0000, 0x10000, 2, 0});
  ASSERT_TRUE(parse_pvh(memory, MachineAddress{base}, *info));
  EXPECT_EQ(text(info->command_line), "console=com1 loglvl=all");
  ASSERT_EQ(info->modules().size(), 2u);
  EXPECT_EQ(info->modules()[0].start, MachineAddress{0x1000000});
  EXPECT_EQ(text(info->modules()[0].command_line), "root=/dev/sda1");
  EXPECT_EQ(text(info->modules()[1].command_line), "");
  EXPECT_EQ(info->memory.ranges().size(), 2u);
  EXPECT_EQ(info->rsdp, MachineAddress{0xf5000});
}

TEST_F(BootProtocol, PvhErrors) {
  EXPECT_EQ(parse_pvh(memory, MachineAddress{base}, *info).error(), XEN_EINVAL);
  EXPECT_EQ(parse_pvh(memory, MachineAddress{0}, *info).error(), XEN_EFAULT);
}

TEST_F(BootProtocol, Multiboot1) {
  memory.put<u32>(base, 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9);
  memory.put<u32>(base + 16, base + 0x100);
  memory.put<u32>(base + 20, 2);
  memory.put<u32>(base + 24, base + 0x200);
  memory.put<u32>(base + 44, 48);
  memory.put<u32>(base + 48, base + 0x300);
  memory.put<u32>(base + 64, base + 0x400);
  memory.put_text(base + 0x100, "xen.elf32 console=com1");
  memory.put<u32>(base + 0x200, 0x1000000), memory.put<u32>(base + 0x204, 0x1234567);
  memory.put<u32>(base + 0x208, base + 0x280);
  memory.put<u32>(base + 0x210, 0x2000000), memory.put<u32>(base + 0x214, 0x1fff000);
  memory.put_text(base + 0x280, "vmlinuz console=hvc0 quiet");
  memory.put<u32>(base + 0x300, 20), memory.put<u64>(base + 0x30c, 0x9fc00), memory.put<u32>(base + 0x314, 1);
  memory.put<u32>(base + 0x318, 20), memory.put<u64>(base + 0x31c, 0x100000), memory.put<u64>(base + 0x324, 0x7f000000);
  memory.put<u32>(base + 0x32c, 1);
  memory.put_text(base + 0x400, "qemu");
  fake::clear_log();
  ASSERT_TRUE(parse_multiboot1(memory, MachineAddress{base}, *info));
  EXPECT_EQ(text(info->command_line), "console=com1");
  EXPECT_EQ(text(info->loader_name), "qemu");
  ASSERT_EQ(info->modules().size(), 1u);  // the second ends before it starts
  EXPECT_EQ(info->modules()[0].length, 0x234567u);
  EXPECT_EQ(text(info->modules()[0].command_line), "console=hvc0 quiet");
  EXPECT_EQ(fake::log_lines().size(), 1u);
  ASSERT_EQ(info->memory.ranges().size(), 2u);
  EXPECT_EQ(info->memory.ranges()[1].length, 0x7f000000u);
}

TEST_F(BootProtocol, Multiboot1BasicMemoryAndEvilMap) {
  memory.put<u32>(base, 1 | 1 << 6);
  memory.put<u32>(base + 4, 639), memory.put<u32>(base + 8, 64 << 10);
  memory.put<u32>(base + 44, 0xffffffff), memory.put<u32>(base + 48, base + 0x300);  // entries of size 0
  ASSERT_TRUE(parse_multiboot1(memory, MachineAddress{base}, *info));
  ASSERT_EQ(info->memory.ranges().size(), 2u);
  EXPECT_EQ(info->memory.ranges()[0].length, 639u << 10);
  EXPECT_EQ(info->memory.ranges()[1].length, 64u << 20);
}

class Multiboot2 : public BootProtocol {
 protected:
  // Starts a tag; its size is that of the header and `body` bytes. Returns where the body is.
  u64 tag(u32 type, u32 body) {
    memory.put(base + at, type), memory.put(base + at + 4, body + 8);
    u64 place = base + at + 8;
    at += (u64{body} + 8 + 7) & ~u64{7};
    return place;
  }
  void finish() {
    tag(0, 0);
    memory.put(base, static_cast<u32>(at));
  }
  u64 at = 8;
};

TEST_F(Multiboot2, AllTags) {
  memory.put_text(tag(1, 9), "a=1 b -- ");
  u64 module = tag(3, 8 + 9);
  memory.put<u32>(module, 0x1000000), memory.put<u32>(module + 4, 0x1001000);
  memory.put_text(module + 8, "quiet ro");
  memory.put_text(tag(2, 10), "GRUB 2.06");
  u64 map = tag(6, 8 + 24);
  memory.put<u32>(map, 24), memory.put<u64>(map + 8, 0x100000), memory.put<u64>(map + 16, 0x1000);
  memory.put<u32>(map + 24, 1);
  u64 old_rsdp = tag(14, 20), new_rsdp = tag(15, 36);
  memory.put<u64>(tag(12, 8), 0x7f000000);
  memory.put<u64>(tag(20, 8), 0x7f001000);
  tag(18, 0);
  u64 efi = tag(17, 8 + 96);
  memory.put<u32>(efi, 48), memory.put<u32>(efi + 4, 1);
  u64 screen = tag(8, 30);
  memory.put<u64>(screen, 0xfd000000), memory.put<u32>(screen + 8, 4096), memory.put<u32>(screen + 12, 1024);
  memory.put<u32>(screen + 16, 768), memory.put<u8>(screen + 20, 32), memory.put<u8>(screen + 21, 1);
  memory.put<u8>(screen + 24, 16), memory.put<u8>(screen + 25, 8);
  finish();
  ASSERT_TRUE(parse_multiboot2(memory, MachineAddress{base}, *info));
  EXPECT_EQ(text(info->command_line), "a=1 b -- ");  // GRUB 2 passes no path
  EXPECT_EQ(text(info->modules()[0].command_line), "quiet ro");
  EXPECT_EQ(info->memory.total(MemoryType::ram), 0x1000u);
  EXPECT_NE(info->rsdp, MachineAddress{old_rsdp});
  EXPECT_EQ(info->rsdp, MachineAddress{new_rsdp});
  ASSERT_TRUE(info->efi);
  EXPECT_EQ(info->efi->system_table, MachineAddress{0x7f000000});
  EXPECT_EQ(info->efi->image_handle, MachineAddress{0x7f001000});
  EXPECT_TRUE(info->efi->boot_services_active);
  EXPECT_EQ(info->efi->memory_map, MachineAddress{efi + 8});
  EXPECT_EQ(info->efi->memory_map_size, 96u);
  ASSERT_TRUE(info->framebuffer);
  EXPECT_EQ(info->framebuffer->width, 1024u);
  EXPECT_EQ(info->framebuffer->red.position, 16);
}

TEST_F(Multiboot2, Errors) {
  tag(1, 4);
  finish();
  memory.put<u32>(base + 12, 7);  // smaller than its header: would not advance
  EXPECT_EQ(parse_multiboot2(memory, MachineAddress{base}, *info).error(), XEN_EINVAL);
  memory.put<u32>(base + 12, 0x1000);  // outside
  EXPECT_EQ(parse_multiboot2(memory, MachineAddress{base}, *info).error(), XEN_EINVAL);
  memory.put<u32>(base, 4);
  EXPECT_EQ(parse_multiboot2(memory, MachineAddress{base}, *info).error(), XEN_EINVAL);
  memory.put<u32>(base, 0x10000);
  EXPECT_EQ(parse_multiboot2(memory, MachineAddress{base}, *info).error(), XEN_EFAULT);
}

TEST_F(BootProtocol, TextOverPagesAndLimits) {
  std::string lengthy(BootInformation::max_text + 100, 'x');
  memory.put_text(base + 0xff0, lengthy);
  std::array<char, BootInformation::max_text> buffer;
  EXPECT_EQ(read_boot_text(memory, MachineAddress{base + 0xff0}, buffer).size(), buffer.size());
  memory.put_text(base + 0xffe, "abcd");
  EXPECT_EQ(read_boot_text(memory, MachineAddress{base + 0xffe}, buffer), "abcd");
  EXPECT_EQ(read_boot_text(memory, MachineAddress{0x20}, buffer), "");
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(info->add_text(std::string(4096, 'a')));
  EXPECT_EQ(info->add_text("a").error(), XEN_ENOSPC);
  for (size_t i = 0; i < BootInformation::max_modules; ++i) EXPECT_TRUE(info->add_module(MachineAddress{4096}, 1, {}));
  EXPECT_EQ(info->add_module(MachineAddress{4096}, 1, {}).error(), XEN_ENOSPC);
  EXPECT_EQ(info->add_module(MachineAddress{4096}, ~u64{0}, {}).error(), XEN_EINVAL);
}

TEST(PassesPath, OnlyGrub2DoesNot) {
  EXPECT_TRUE(passes_path("qemu"));
  EXPECT_TRUE(passes_path(""));
  EXPECT_TRUE(passes_path("GRUB 0.97"));
  EXPECT_FALSE(passes_path("GRUB 2.06-13+deb12u1"));
}

}  // namespace
}  // namespace xenolith
