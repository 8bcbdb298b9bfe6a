// SPDX-License-Identifier: MIT
// Source: Multiboot Specification 0.6.96, section 3.3 "Boot information format".
#include <algorithm>

#include "core/base/bits.hpp"
#include "core/boot/boot_parser.hpp"

namespace xenolith {
namespace {

// Bits of the first word: which fields are valid.
constexpr unsigned has_basic_memory = 0, has_command_line = 2, has_modules = 3, has_memory_map = 6, has_loader_name = 9,
                   has_framebuffer = 12;
// Offsets of fields.
constexpr u64 mem_lower_at = 4, mem_upper_at = 8, cmdline_at = 16, mods_count_at = 20, mods_addr_at = 24,
              mmap_length_at = 44, mmap_addr_at = 48, loader_name_at = 64, framebuffer_at = 88;
constexpr u64 info_size = 88, framebuffer_size = 28;
constexpr u64 low_memory_limit = 640 << 10, high_memory_start = 1 << 20;

class Multiboot1Parser : BootParser {
 public:
  using BootParser::BootParser;

  Result<void> parse(MachineAddress address) {
    info_ = TRY(memory_.bytes(address, info_size));
    if (has(has_loader_name)) result_.loader_name = keep_at(pointer(loader_name_at));
    if (has(has_command_line)) result_.command_line = keep_command_line_at(pointer(cmdline_at));
    if (has(has_modules)) parse_modules();
    if (has(has_memory_map)) parse_memory_map();
    if (result_.memory.ranges().empty() && has(has_basic_memory)) parse_basic_memory();
    if (has(has_framebuffer)) parse_framebuffer(address);
    return {};
  }

 private:
  bool has(unsigned flag) const { return (peek<u32>(info_, 0) & bit(flag)) != 0; }
  MachineAddress pointer(u64 offset) const { return MachineAddress{peek<u32>(info_, offset)}; }

  void parse_modules() {
    constexpr u64 entry_size = 16;
    u64 count = std::min<u64>(peek<u32>(info_, mods_count_at), BootInformation::max_modules);
    for (u64 i = 0; i < count; ++i) {
      auto entry = memory_.bytes(pointer(mods_addr_at) + i * entry_size, entry_size);
      if (entry.failed()) return log_warning("boot: module entry {} cannot be read", i);
      u32 start = peek<u32>(*entry, 0), end = peek<u32>(*entry, 4);
      if (end < start) log_warning("boot: module {} ends before it starts, left out", i);
      else add_module(start, end - start, keep_command_line_at(MachineAddress{peek<u32>(*entry, 8)}));
    }
  }

  // Entries have their size, not counting the size field itself, in front.
  void parse_memory_map() {
    u64 length = peek<u32>(info_, mmap_length_at), at = 0;
    for (size_t count = 0; at + 24 <= length && count < 2 * MemoryMap::capacity; ++count) {
      auto entry = memory_.bytes(pointer(mmap_addr_at) + at, 24);
      if (entry.failed()) return log_warning("boot: memory map entry {} cannot be read", count);
      u32 size = peek<u32>(*entry, 0);
      if (size < 20) return log_warning("boot: memory map entry {} is only {} bytes long", count, size);
      add_memory(peek<u64>(*entry, 4), peek<u64>(*entry, 12), peek<u32>(*entry, 20));
      at += u64{size} + 4;
    }
  }

  void parse_basic_memory() {
    add_memory(0, std::min<u64>(u64{peek<u32>(info_, mem_lower_at)} << 10, low_memory_limit), 1);
    add_memory(high_memory_start, u64{peek<u32>(info_, mem_upper_at)} << 10, 1);
  }

  void parse_framebuffer(MachineAddress address) {
    auto bytes = memory_.bytes(address + framebuffer_at, framebuffer_size);
    if (bytes.failed() || peek<u8>(*bytes, 21) > static_cast<u8>(FramebufferKind::ega_text)) return;
    BootFramebuffer screen{MachineAddress{peek<u64>(*bytes, 0)}, peek<u32>(*bytes, 8), peek<u32>(*bytes, 12),
                           peek<u32>(*bytes, 16), peek<u8>(*bytes, 20),
                           static_cast<FramebufferKind>(peek<u8>(*bytes, 21)), {}, {}, {}};
    if (screen.kind == FramebufferKind::direct) {
      screen.red = {peek<u8>(*bytes, 22), peek<u8>(*bytes, 23)};
      screen.green = {peek<u8>(*bytes, 24), peek<u8>(*bytes, 25)};
      screen.blue = {peek<u8>(*bytes, 26), peek<u8>(*bytes, 27)};
    }
    result_.framebuffer = screen;
  }

  std::span<const u8> info_;
};

}  // namespace

Result<void> parse_multiboot1(const PhysicalReader& memory, MachineAddress info, BootInformation& result) {
  return Multiboot1Parser{memory, result}.parse(info);
}

}  // namespace xenolith
