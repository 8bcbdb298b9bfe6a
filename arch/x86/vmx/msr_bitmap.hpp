// SPDX-License-Identifier: MIT
// The MSR bitmap of VMX: a bit that is set makes an exit (Intel SDM volume 3C, section 25.6.9 "MSR-Bitmap Address").
#pragma once

#include <algorithm>
#include <span>

#include "arch/x86/cpu/registers.hpp"
#include "core/base/units.hpp"

namespace xenolith::vmx {

// All MSRs exit, but those in `passed`. Reads of low and high MSRs, then writes of both: 1 KiB each.
constexpr void fill_msr_bitmap(std::span<u8, page_size> bitmap, std::span<const Msr> passed) {
  constexpr u32 range = 0x2000, high = 0xc0000000, part = range / 8;
  std::ranges::fill(bitmap, u8{0xff});
  for (Msr msr : passed) {
    u32 number = static_cast<u32>(msr);
    bool is_high = number >= high;
    u32 index = is_high ? number - high : number;
    if (index >= range) continue;
    for (u32 base : {is_high * part, (2 + is_high) * part})
      bitmap[base + index / 8] = static_cast<u8>(bitmap[base + index / 8] & ~(1u << index % 8));
  }
}

// Registers of a virtual x2APIC, by their MSR's distance from 0x800, that the processor reads and writes itself in the page of registers
// (section 30.5 "Virtualizing MSR-Based APIC Accesses"). Reads of those that the hypervisor derives otherwise, or that guests may not
// read, make exits: of the timer's counts, of the interrupt command, whose halves lie elsewhere in the page, of requests, which senders
// may not have moved there yet.
struct ApicRange {
  u8 first, last;
};
inline constexpr ApicRange apic_reads[] = {{0x02, 0x03}, {0x08, 0x08}, {0x0a, 0x0a}, {0x0d, 0x0d}, {0x0f, 0x17}, {0x28, 0x28}, {0x32, 0x37}};
inline constexpr ApicRange apic_writes[] = {{0x08, 0x08}, {0x0b, 0x0b}, {0x3f, 0x3f}};  // task priority, EOI, interrupt to itself

constexpr void pass_virtual_apic(std::span<u8, page_size> bitmap) {
  constexpr u32 writes = 0x800, first_msr = 0x800;
  auto pass = [&](u32 base, std::span<const ApicRange> ranges) {
    for (ApicRange range : ranges)
      for (u32 number = first_msr + range.first; number <= first_msr + range.last; ++number)
        bitmap[base + number / 8] = static_cast<u8>(bitmap[base + number / 8] & ~(1u << number % 8));
  };
  pass(0, apic_reads);
  pass(writes, apic_writes);
}

}  // namespace xenolith::vmx
