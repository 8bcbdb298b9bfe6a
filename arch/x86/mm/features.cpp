// SPDX-License-Identifier: MIT
#include "arch/x86/mm/features.hpp"

#include <arch/page_entry.hpp>

#include "arch/x86/cpu/registers.hpp"

namespace xenolith::mm {
namespace {
constinit PagingFeatures found;
}

const PagingFeatures& features() { return found; }

void detect_features() {
  CpuidResult extended = cpuid(0x80000001);
  CpuidResult structured = cpuid(0).eax >= 7 ? cpuid(7) : CpuidResult{};
  found = {.no_execute = (extended.edx & 1u << 20) != 0,
           .pages_1g = (extended.edx & 1u << 26) != 0,
           .smep = (structured.ebx & 1u << 7) != 0,
           .smap = (structured.ebx & 1u << 20) != 0,
           .physical_bits = cpuid(0x80000000).eax >= 0x80000008 ? cpuid(0x80000008).eax & 0xff : 36};
}

}  // namespace xenolith::mm

namespace xenolith::arch {

unsigned PageEntry::highest_leaf_level() { return mm::features().pages_1g ? 2 : 1; }

}  // namespace xenolith::arch
