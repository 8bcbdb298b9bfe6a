// SPDX-License-Identifier: MIT
// Nested page tables of SVM have the format of the processor's own (AMD64 APM volume 2, section 15.25 "Nested Paging"). Accessed
// and Dirty are set from the start, so that the processor has nothing to write.
#pragma once

#include "arch/x86/include/arch/nested_entry.hpp"

namespace xenolith::svm {

constexpr arch::NestedFormat nested_format(bool gib_pages) {
  constexpr u64 present = 1, writable = 2, user = 4, accessed = 0x20, dirty = 0x40;
  constexpr u64 no_execute = u64{1} << 63;
  return arch::make_nested_format(present | writable | user, gib_pages ? 18 : 9, [](P2mType type) {
    u64 bits = present | user | accessed;
    if (is_guest_writable(type)) bits |= writable | dirty;
    return arch::is_guest_executable(type) ? bits : bits | no_execute;
  });
}

}  // namespace xenolith::svm
