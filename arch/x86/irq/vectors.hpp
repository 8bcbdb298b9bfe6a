// SPDX-License-Identifier: MIT
// The map of this machine's interrupt vectors: who owns which. Bits 7:4 of a vector are its priority.
// Source: Intel SDM volume 3, "Advanced Programmable Interrupt Controller (APIC)", "Task and Processor Priorities".
#pragma once

#include "core/base/units.hpp"

namespace xenolith::irq::vectors {

inline constexpr unsigned exceptions_end = 0x20;  // below: exceptions

// The 8259s are masked, but spurious requests of theirs (IRQ 7 and 15) cannot be: they end in this range.
inline constexpr Vector pic_master{0x20};
inline constexpr Vector pic_slave{0x28};

// Devices: handed out by VectorTables.
inline constexpr unsigned devices_first = 0x30;
inline constexpr unsigned devices_end = 0xe0;
inline constexpr unsigned device_count = devices_end - devices_first;
inline constexpr Vector pv_system_call{0x80};  // `int 0x80` of PV guests: a software gate, so no device's

// The hypervisor's own, highest priorities.
inline constexpr Vector wake{0xf0};           // look at pending work; also drives a vCPU out of its guest
inline constexpr Vector remote_call{0xf1};    // run a function for another CPU
inline constexpr Vector flush_tlb{0xf2};
inline constexpr Vector machine_check{0xf8};  // corrected machine checks (CMCI)
inline constexpr Vector thermal{0xf9};
inline constexpr Vector performance{0xfa};
inline constexpr Vector timer{0xfb};          // local APIC timer
inline constexpr Vector apic_error{0xfe};
inline constexpr Vector spurious{0xff};       // bits 3:0 must be ones on old local APICs

constexpr bool is_device(Vector vector) {
  return vector.raw() >= devices_first && vector.raw() < devices_end && vector != pv_system_call;
}

static_assert(!is_device(pic_slave) && !is_device(wake) && is_device(Vector{devices_first}));

}  // namespace xenolith::irq::vectors
