// SPDX-License-Identifier: MIT
// The parts of UEFI's tables that the way in from firmware needs. Source: UEFI Specification 2.10, sections 4 "EFI System Table", 7
// "Services - Boot Services", 9.1 "EFI Loaded Image Protocol". Functions are called as AArch64's procedure calls are.
#pragma once

#include <cstddef>

#include "core/base/types.hpp"

namespace xenolith::efi {

using Status = u64;
using Handle = void*;
inline constexpr u64 error_bit = u64{1} << 63;
inline constexpr Status success = 0, load_error = error_bit | 1, unsupported = error_bit | 3, buffer_too_small = error_bit | 5,
                        out_of_resources = error_bit | 9;

struct Guid {
  u32 first;
  u16 second, third;
  u8 rest[8];
};
inline constexpr Guid device_tree_guid{0xb1b621d5, 0xf19c, 0x41a5, {0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0}};
inline constexpr Guid loaded_image_guid{0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};

enum class MemoryType : u32 { reserved, loader_code, loader_data, boot_code, boot_data, runtime_code, runtime_data, conventional };
enum class AllocateType : u32 { any_pages };

struct MemoryDescriptor {
  MemoryType type;
  u32 padding;
  u64 first, virtual_first, pages, attributes;
};

struct BootServices {
  u8 header[24];
  void* priorities[2];
  Status (*allocate_pages)(AllocateType, MemoryType, u64 pages, u64* address);
  void* free_pages;
  Status (*get_memory_map)(u64* size, void* map, u64* key, u64* descriptor_size, u32* version);
  void* pools[2];
  void* events[6];
  void* protocols[3];
  Status (*handle_protocol)(Handle, const Guid*, void** interface);
  void* others[9];
  Status (*exit_boot_services)(Handle image, u64 key);
};
static_assert(offsetof(BootServices, get_memory_map) == 56 && offsetof(BootServices, handle_protocol) == 152);
static_assert(offsetof(BootServices, exit_boot_services) == 232);

struct TextOutput {
  void* reset;
  Status (*output_string)(TextOutput*, const char16_t*);
};

struct ConfigurationTable {
  Guid guid;
  void* table;
};

struct SystemTable {
  u8 header[24];
  void* vendor;
  u64 revision;
  void* input[2];
  Handle output_handle;
  TextOutput* output;
  void* errors[2];
  void* runtime;
  BootServices* boot;
  u64 table_count;
  ConfigurationTable* tables;
};
static_assert(offsetof(SystemTable, output) == 64 && offsetof(SystemTable, boot) == 96 && offsetof(SystemTable, tables) == 112);

struct LoadedImage {
  u64 revision;
  void* origin[5];
  u32 options_size;  // bytes
  u32 padding;
  const char16_t* options;
};
static_assert(offsetof(LoadedImage, options) == 56);

}  // namespace xenolith::efi
