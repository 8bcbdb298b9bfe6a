// SPDX-License-Identifier: MIT
// The hypervisor's virtual address space at EL2: the upper half of the 48 bits that TTBR0_EL2 maps, so that it does not meet the
// machine addresses at which the entry code runs. A slot is 512 GiB, an entry of the top table.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::layout {

inline constexpr u64 slot_size = u64{1} << 39;
constexpr u64 slot(unsigned index) { return index * slot_size; }

inline constexpr u64 image = slot(257) + 0x4000'0000;           // linked address: see boot/image.lds.S
inline constexpr u64 boot_windows = image + 0x200'0000;         // boot time: what is looked at before there is memory (boot/head.S)
inline constexpr u64 windows = slot(257) + 0x8000'0000;         // FrameMapping: 16 pages for each CPU
inline constexpr u64 stacks = slot(257) + 0xc000'0000;          // CPU stacks between guard pages
inline constexpr u64 global_mappings = slot(257) + 0x10'0000'0000;  // GlobalMapping
inline constexpr u64 global_mappings_size = u64{1} << 36;       // 16 Mi pages
inline constexpr u64 device_mappings = slot(257) + 0x40'0000'0000;  // registers and firmware tables, never unmapped
inline constexpr u64 device_mappings_size = u64{1} << 32;
inline constexpr u64 frame_table = slot(258);                   // 16 bytes for each frame
inline constexpr u64 boot_mappings = slot(259);                 // boot time only: dom0's memory while it is built
inline constexpr u64 heap = slot(260);                          // own frames: machine address + this
inline constexpr u64 heap_end = slot(272);                      // so heap memory lies below 6 TiB

inline constexpr unsigned windows_per_cpu = 16;
inline constexpr unsigned windows_nested = 15;  // of FrameMapping; the last is that of hyp/held_page.hpp

}  // namespace xenolith::layout
