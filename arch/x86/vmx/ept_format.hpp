// SPDX-License-Identifier: MIT
// Extended page tables (Intel SDM volume 3C, section 29.3.2 "EPT Translation Mechanism", tables "Format of an EPT ... Entry").
#pragma once

#include "arch/x86/include/arch/nested_entry.hpp"

namespace xenolith::vmx {

// The memory type takes the place of the MTRRs' and is combined with the guest's own PAT: memory is write-back, registers of devices
// are uncached. Accessed and Dirty are set from the start, so that the processor has nothing to write; without these flags it
// ignores them.
constexpr arch::NestedFormat nested_format(unsigned largest_order) {
  constexpr u64 readable = 1, writable = 2, executable = 4, accessed = 0x100, dirty = 0x200;
  constexpr u64 uncached = 0 << 3, write_back = 6 << 3;
  return arch::make_nested_format(readable | writable | executable, largest_order, [](P2mType type) {
    u64 bits = readable | accessed | (type == P2mType::mmio_direct ? uncached : write_back);
    if (is_guest_writable(type)) bits |= writable | dirty;
    return arch::is_guest_executable(type) ? bits | executable : bits;
  });
}

// EPTP (section 25.6.11 "Extended-Page-Table Pointer (EPTP)"): tables are write-back, four levels.
constexpr u64 ept_pointer(Mfn root, bool accessed_dirty) {
  constexpr u64 write_back = 6, levels_less_one = 3 << 3, use_accessed_dirty = 1 << 6;
  return root.raw() << page_shift | write_back | levels_less_one | (accessed_dirty ? use_accessed_dirty : 0);
}

}  // namespace xenolith::vmx
