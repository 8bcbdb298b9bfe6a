// SPDX-License-Identifier: MIT
// Where a measurement begins and ends: instructions without effect that benchmarks/plugin knows (benchmarks/plugin/mark.hpp).
#pragma once

namespace xenolith::guest::bench {

inline void mark_begin() { asm volatile(".byte 0x0f, 0x1f, 0x80; .long 0x584e0001" : : : "memory"); }
inline void mark_end() { asm volatile(".byte 0x0f, 0x1f, 0x80; .long 0x584e0002" : : : "memory"); }

}  // namespace xenolith::guest::bench
