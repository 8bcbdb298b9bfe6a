// SPDX-License-Identifier: MIT
// What the boot loader handed over, in one form for all boot protocols. All of it is copied, so that the loader's own
// structures may be overwritten afterwards; only the modules stay where they are. Storage is fixed because this is read
// before there is a heap; at tens of KiB, keep it static.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/physical_reader.hpp"
#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "core/boot/memory_map.hpp"

namespace xenolith {

// Text inside a BootInformation; read it with BootInformation::text().
struct BootText {
  u32 offset = 0;
  u32 length = 0;
};

struct BootModule {
  MachineAddress start;
  u64 length;           // bytes
  BootText command_line;  // without the module's path
};

enum class FramebufferKind : u8 { indexed, direct, ega_text };

// The screen as the boot loader left it.
struct BootFramebuffer {
  MachineAddress address;
  u32 pitch;            // bytes from line to line
  u32 width, height;    // pixels; characters when text
  u8 bits_per_pixel;
  FramebufferKind kind;
  struct Channel {
    u8 position = 0, size = 0;  // bits
  };
  Channel red, green, blue;     // for direct
};

struct EfiInformation {
  MachineAddress system_table;   // zero: not given
  MachineAddress image_handle;   // zero: not given
  MachineAddress memory_map;     // zero: not given; of EFI_MEMORY_DESCRIPTORs
  u32 memory_map_size = 0;       // bytes
  u32 descriptor_size = 0;       // bytes
  u32 descriptor_version = 0;
  bool boot_services_active = false;
};

class BootInformation {
 public:
  static constexpr size_t max_modules = 32;
  static constexpr size_t text_capacity = 16 << 10;
  static constexpr size_t max_text = 4 << 10;  // one string; longer ones are cut and reported

  MemoryMap memory;
  BootText command_line;   // without the image's path
  BootText loader_name;
  MachineAddress rsdp;     // zero: not given; look for it
  std::optional<EfiInformation> efi;
  std::optional<BootFramebuffer> framebuffer;

  std::string_view text(BootText where) const;
  std::span<const BootModule> modules() const { return {modules_.data(), module_count_}; }

  // Adds a module. Errors: ENOSPC too many; EINVAL it wraps around or lies above MemoryMap::address_limit.
  Result<void> add_module(MachineAddress start, u64 length, BootText command_line);
  // Copies text. Errors: ENOSPC no room left.
  Result<BootText> add_text(std::string_view text);

 private:
  std::array<BootModule, max_modules> modules_{};
  size_t module_count_ = 0;
  std::array<char, text_capacity> text_{};
  u32 text_used_ = 0;
};

// The zero-terminated text at `address`, page by page into `to`. Empty when the address is zero or cannot be read; cut at
// the size of `to`.
std::string_view read_boot_text(const PhysicalReader& memory, MachineAddress address, std::span<char> to);

// Whether this loader puts the image's path in front of the command line and of each module's: all do but GRUB 2, which
// says "GRUB 2..." of itself.
bool passes_path(std::string_view loader_name);

// The three boot protocols. `info` is what the loader's register pointed at. Each fails with EINVAL when the structure
// itself is unusable; parts of it that are wrong are reported as warnings and left out.

// Multiboot specification 0.6.96, "Boot information format" (register EBX, EAX 0x2badb002).
Result<void> parse_multiboot1(const PhysicalReader& memory, MachineAddress info, BootInformation& result);
// Multiboot2 specification 2.0, "Boot information" (register EBX, EAX 0x36d76289).
Result<void> parse_multiboot2(const PhysicalReader& memory, MachineAddress info, BootInformation& result);
// xen/arch-x86/hvm/start_info.h (register EBX).
Result<void> parse_pvh(const PhysicalReader& memory, MachineAddress info, BootInformation& result);

inline constexpr u32 multiboot1_magic = 0x2badb002;
inline constexpr u32 multiboot2_magic = 0x36d76289;

}  // namespace xenolith
