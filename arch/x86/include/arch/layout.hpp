// SPDX-License-Identifier: MIT
// The hypervisor's virtual address space. Everything lies in the slots 256 to 271 of the top-level page table, which
// Xen's PV interface reserves for the hypervisor (xen-x86_64.h, HYPERVISOR_VIRT_START and _END). A slot is 512 GiB.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::layout {

inline constexpr u64 slot_size = u64{1} << 39;
constexpr u64 slot(unsigned index) { return 0xffff'0000'0000'0000 + index * slot_size; }

// Slot 256 is left to the machine-to-physical table of PV guests.
inline constexpr u64 image = slot(257) + 0x4000'0000;           // linked address: see boot/image.lds.S
inline constexpr u64 windows = slot(257) + 0x8000'0000;         // FrameMapping: 16 pages for each CPU
inline constexpr u64 stacks = slot(257) + 0xc000'0000;          // CPU stacks between guard pages
inline constexpr u64 global_mappings = slot(257) + 0x10'0000'0000;  // GlobalMapping
inline constexpr u64 global_mappings_size = u64{1} << 36;       // 16 Mi pages
inline constexpr u64 device_mappings = slot(257) + 0x40'0000'0000;  // registers and firmware tables, never unmapped
inline constexpr u64 device_mappings_size = u64{1} << 32;
inline constexpr u64 frame_table = slot(258);                   // 16 bytes for each frame
inline constexpr u64 boot_mappings = slot(259);                 // boot time only: machine address + this, below 512 GiB
inline constexpr u64 heap = slot(260);                          // own frames: machine address + this
inline constexpr u64 heap_end = slot(272);                      // so heap memory lies below 6 TiB

inline constexpr unsigned windows_per_cpu = 16, windows_nested = 16;

}  // namespace xenolith::layout
