// SPDX-License-Identifier: MIT
// System registers by name: read_register(hcr_el2), write_register(hcr_el2, value). What a register is, the ARM Architecture
// Reference Manual says under its name, chapter D19 "AArch64 System Register Descriptions".
#pragma once

#include "core/base/bits.hpp"
#include "core/base/types.hpp"

#define read_register(name)                                          \
  ({                                                                 \
    ::xenolith::u64 register_value_;                                 \
    asm volatile("mrs %0, " #name : "=r"(register_value_)::"memory"); \
    register_value_;                                                 \
  })
#define write_register(name, value) asm volatile("msr " #name ", %x0" ::"rZ"(static_cast<::xenolith::u64>(value)) : "memory")

namespace xenolith {

inline void synchronise_context() { asm volatile("isb" ::: "memory"); }

// The affinity fields of MPIDR_EL1: what names a processor to PSCI, to the GIC and in device trees.
inline constexpr u64 mpidr_affinity = 0xff'00ff'ffff;

}  // namespace xenolith
