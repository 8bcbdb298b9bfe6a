// SPDX-License-Identifier: MIT
// Where a measurement begins and ends: instructions without effect that benchmarks/plugin knows (benchmarks/plugin/mark.hpp).
#pragma once

namespace xenolith::guest::bench {

inline void mark_begin() { asm volatile("movz xzr, #0x4e01" : : : "memory"); }
inline void mark_end() { asm volatile("movz xzr, #0x4e02" : : : "memory"); }

}  // namespace xenolith::guest::bench
