// SPDX-License-Identifier: MIT
// Interrupt numbers of the GIC. Source: Arm IHI 0048B, "Interrupt identifiers"; IHI 0069, "INTIDs".
#pragma once

#include "core/base/units.hpp"

namespace xenolith::gic {

using Intid = IntId;

inline constexpr u32 sgi_count = 16;         // 0 to 15: interrupts between CPUs
inline constexpr u32 private_count = 32;     // 16 to 31: of one CPU's own devices (PPI)
inline constexpr u32 first_special = 1020;   // 1020 to 1023 mean something else when acknowledged
inline constexpr Intid no_interrupt{1023};

inline constexpr u32 first_lpi = 8192;       // interrupts that are messages to an ITS

constexpr bool is_special(Intid intid) { return intid.raw() >= first_special && intid.raw() < first_lpi; }
constexpr bool is_lpi(Intid intid) { return intid.raw() >= first_lpi; }
constexpr bool is_sgi(Intid intid) { return intid.raw() < sgi_count; }
constexpr bool is_private(Intid intid) { return intid.raw() < private_count; }
constexpr bool is_spi(Intid intid) { return intid.raw() >= private_count && intid.raw() < first_special; }

// As device trees count them: cells <0 n flags> and <1 n flags>.
constexpr Intid spi(u32 n) { return Intid{n + private_count}; }
constexpr Intid ppi(u32 n) { return Intid{n + sgi_count}; }

enum class Trigger : u8 { level, edge };
enum class Version : u8 { v2 = 2, v3 = 3 };

}  // namespace xenolith::gic
