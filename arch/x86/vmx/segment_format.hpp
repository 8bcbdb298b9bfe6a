// SPDX-License-Identifier: MIT
// Segment registers between the form of the upper half and VMX's (Intel SDM volume 3C, section 25.4.1 "Guest Register State", table
// "Format of Access Rights"). A segment that is not present there is "unusable" here.
#pragma once

#include "arch/x86/hvm/vendor.hpp"
#include "core/base/bits.hpp"

namespace xenolith::vmx {

struct AccessRights {
  using Type = Bits<3, 0>;
  using NotSystem = Bits<4>;
  using Privilege = Bits<6, 5>;
  using Present = Bits<7>;
  using Long = Bits<13>;
  using Big = Bits<14>;
  using Granularity = Bits<15>;
  using Unusable = Bits<16>;
  static constexpr u32 reserved = 0xfffe0f00;
};

struct SegmentFields {
  u16 selector = 0;
  u32 rights = 0;
  u32 limit = 0;
  u64 base = 0;
};

// A limit that the granularity bit can express: with bytes it has no bits above 19, with pages bits 11:0 are ones.
constexpr u32 granularity_for(u32 limit, u32 attributes) {
  constexpr u32 by_pages = 0x800;
  if (limit >> 20) return attributes | by_pages;
  return (limit & 0xfff) == 0xfff ? attributes : attributes & ~by_pages;
}

// The privilege of SS, which is the processor's, is kept even where SS is unusable. TR is always usable.
constexpr SegmentFields to_fields(const hvm::SegmentRegister& segment, bool is_task = false) {
  constexpr u32 present = 0x80, privilege = 0x60, busy_task = 0x8b;
  u32 attributes = segment.attributes & 0xfff;
  if (!(attributes & present)) {
    if (!is_task) return {segment.selector, static_cast<u32>(AccessRights::Unusable::mask) | (attributes & privilege), segment.limit, segment.base};
    attributes = busy_task;
  }
  attributes = granularity_for(segment.limit, attributes);
  return {segment.selector, (attributes & 0xff) | (attributes & 0xf00) << 4, segment.limit, segment.base};
}

constexpr hvm::SegmentRegister from_fields(const SegmentFields& fields) {
  u32 attributes = (fields.rights & 0xff) | (fields.rights >> 4 & 0xf00);
  if (fields.rights & AccessRights::Unusable::mask) attributes &= 0x60;
  return {fields.selector, static_cast<u16>(attributes), fields.limit, fields.base};
}

}  // namespace xenolith::vmx
