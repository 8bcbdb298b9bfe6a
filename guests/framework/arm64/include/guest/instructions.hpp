// SPDX-License-Identifier: MIT
// Single instructions as functions.
#pragma once

#include "core/base/types.hpp"

#define guest_read_register(name)                                  \
  ({                                                               \
    ::xenolith::u64 register_value_;                               \
    asm volatile("mrs %0, " name : "=r"(register_value_)::"memory"); \
    register_value_;                                               \
  })
#define guest_write_register(name, value) asm volatile("msr " name ", %x0; isb" ::"rZ"(static_cast<::xenolith::u64>(value)) : "memory")

namespace xenolith::guest {

inline void pause() { asm volatile("yield" : : : "memory"); }
inline void enable_interrupts() { asm volatile("msr daifclr, #2" : : : "memory"); }
inline void disable_interrupts() { asm volatile("msr daifset, #2" : : : "memory"); }
// Sleeps until the next interrupt and takes it, with none lost between the check and the sleep: masked ones end the sleep, too.
inline void enable_and_halt() { asm volatile("wfi; msr daifclr, #2; isb; msr daifset, #2" : : : "memory"); }
[[noreturn]] inline void halt_forever() {
  for (;;) asm volatile("msr daifset, #2; wfi");
}

}  // namespace xenolith::guest
