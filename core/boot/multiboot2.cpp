// SPDX-License-Identifier: MIT
// Source: Multiboot2 Specification 2.0, section 3.6 "Boot information".
#include <algorithm>

#include "core/boot/boot_parser.hpp"

namespace xenolith {
namespace {

enum class Tag : u32 {
  end = 0, command_line = 1, loader_name = 2, module = 3, basic_memory = 4, memory_map = 6, framebuffer = 8,
  efi64_system_table = 12, acpi_old = 14, acpi_new = 15, efi_memory_map = 17, efi_boot_services = 18,
  efi64_image_handle = 20,
};
constexpr u64 info_header_size = 8, tag_header_size = 8, max_info_size = 1 << 20;
constexpr u64 low_memory_limit = 640 << 10, high_memory_start = 1 << 20;

using Bytes = std::span<const u8>;

class Multiboot2Parser : BootParser {
 public:
  using BootParser::BootParser;

  Result<void> parse(MachineAddress address) {
    u32 size = TRY(memory_.read<u32>(address));
    if (size < info_header_size || size > max_info_size) return Failure{XEN_EINVAL};
    address_ = address;
    info_ = TRY(memory_.bytes(address, size));
    // The loader's name first, in whatever order the tags are: it decides how command lines begin.
    TRY(for_each_tag([this](Tag type, Bytes tag, u64) { if (type == Tag::loader_name) parse_loader_name(tag); }));
    TRY(for_each_tag([this](Tag type, Bytes tag, u64 at) { parse_tag(type, tag, at); }));
    if (result_.memory.ranges().empty() && !basic_memory_.empty()) parse_basic_memory();
    return {};
  }

 private:
  // `function` gets the type, the whole tag with its header, and its offset. Tags are 8-byte aligned.
  template <class Function>
  Result<void> for_each_tag(Function function) {
    u64 at = info_header_size;
    while (at + tag_header_size <= info_.size()) {
      u32 type = peek<u32>(info_, at), size = peek<u32>(info_, at + 4);
      if (static_cast<Tag>(type) == Tag::end) return {};
      if (size < tag_header_size) return Failure{XEN_EINVAL};
      function(static_cast<Tag>(type), TRY(slice(info_, at, size)), at);
      at += (u64{size} + 7) & ~u64{7};
    }
    return {};
  }

  void parse_tag(Tag type, Bytes tag, u64 at) {
    switch (type) {
      case Tag::command_line: result_.command_line = keep_command_line(text_of(tag.subspan(8))); break;
      case Tag::module: parse_module(tag); break;
      case Tag::basic_memory: basic_memory_ = tag; break;
      case Tag::memory_map: parse_memory_map(tag); break;
      case Tag::framebuffer: parse_framebuffer(tag); break;
      case Tag::efi64_system_table: efi().system_table = MachineAddress{peek<u64>(tag, 8)}; break;
      case Tag::efi64_image_handle: efi().image_handle = MachineAddress{peek<u64>(tag, 8)}; break;
      case Tag::efi_boot_services: efi().boot_services_active = true; break;
      case Tag::efi_memory_map: parse_efi_memory_map(tag, at); break;
      // The RSDP itself is in the tag; its address is where the tag lies. The newer one is preferred.
      case Tag::acpi_old: if (result_.rsdp == MachineAddress{}) result_.rsdp = address_ + at + 8; break;
      case Tag::acpi_new: result_.rsdp = address_ + at + 8; break;
      default: break;
    }
  }

  EfiInformation& efi() {
    if (!result_.efi) result_.efi.emplace();
    return *result_.efi;
  }
  void parse_loader_name(Bytes tag) { result_.loader_name = keep(text_of(tag.subspan(8))); }

  void parse_module(Bytes tag) {
    if (tag.size() < 16) return log_warning("boot: module tag is only {} bytes long", tag.size());
    u32 start = peek<u32>(tag, 8), end = peek<u32>(tag, 12);
    if (end < start) return log_warning("boot: module at {:#x} ends before it starts, left out", start);
    add_module(start, end - start, keep_command_line(text_of(tag.subspan(16))));
  }

  void parse_memory_map(Bytes tag) {
    u32 entry_size = peek<u32>(tag, 8);
    if (tag.size() < 16 || entry_size < 20) return log_warning("boot: memory map tag is malformed");
    for (u64 at = 16; at + 20 <= tag.size(); at += entry_size)
      add_memory(peek<u64>(tag, at), peek<u64>(tag, at + 8), peek<u32>(tag, at + 16));
  }
  void parse_basic_memory() {
    add_memory(0, std::min<u64>(u64{peek<u32>(basic_memory_, 8)} << 10, low_memory_limit), 1);
    add_memory(high_memory_start, u64{peek<u32>(basic_memory_, 12)} << 10, 1);
  }

  void parse_efi_memory_map(Bytes tag, u64 at) {
    constexpr u32 smallest_descriptor = 40;  // EFI_MEMORY_DESCRIPTOR
    u32 descriptor_size = peek<u32>(tag, 8);
    if (tag.size() < 16 || descriptor_size < smallest_descriptor)
      return log_warning("boot: EFI memory map tag is malformed");
    efi().memory_map = address_ + at + 16;
    efi().memory_map_size = static_cast<u32>(tag.size() - 16);
    efi().descriptor_size = descriptor_size;
    efi().descriptor_version = peek<u32>(tag, 12);
  }

  void parse_framebuffer(Bytes tag) {
    if (tag.size() < 32 || peek<u8>(tag, 29) > static_cast<u8>(FramebufferKind::ega_text)) return;
    BootFramebuffer screen{MachineAddress{peek<u64>(tag, 8)}, peek<u32>(tag, 16), peek<u32>(tag, 20),
                           peek<u32>(tag, 24), peek<u8>(tag, 28), static_cast<FramebufferKind>(peek<u8>(tag, 29)),
                           {}, {}, {}};
    if (screen.kind == FramebufferKind::direct) {
      screen.red = {peek<u8>(tag, 32), peek<u8>(tag, 33)};
      screen.green = {peek<u8>(tag, 34), peek<u8>(tag, 35)};
      screen.blue = {peek<u8>(tag, 36), peek<u8>(tag, 37)};
    }
    result_.framebuffer = screen;
  }

  MachineAddress address_;
  Bytes info_, basic_memory_;
};

}  // namespace

Result<void> parse_multiboot2(const PhysicalReader& memory, MachineAddress info, BootInformation& result) {
  return Multiboot2Parser{memory, result}.parse(info);
}

}  // namespace xenolith
