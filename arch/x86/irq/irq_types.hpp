// SPDX-License-Identifier: MIT
// Words that the host's interrupt hardware and its users share.
#pragma once

#include "core/base/units.hpp"

namespace xenolith::irq {

using ApicId = Unit<struct ApicIdTag, u32>;  // of a physical CPU's local APIC

enum class Trigger : u8 { edge, level };
enum class Polarity : u8 { active_high, active_low };

// Where interrupts arrive: a vector of one CPU. For a block of vectors: the first.
struct VectorSlot {
  CpuId cpu;
  Vector vector;
  constexpr bool operator==(const VectorSlot&) const = default;
};

// Destinations that IO-APIC entries and MSIs can name without interrupt remapping: 8 bits, of which all ones is
// everybody.
inline constexpr ApicId highest_addressable_apic{0xfe};

}  // namespace xenolith::irq
