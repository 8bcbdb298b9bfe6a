// SPDX-License-Identifier: MIT
// The local APIC in x2APIC mode (Intel SDM volume 3, section 11.12 "Extended XAPIC (x2APIC)").
#pragma once

#include <guest/instructions.hpp>

namespace xenolith::guest::apic {

inline constexpr u32 base_msr = 0x1b;
inline constexpr u64 base_enable = u64{1} << 11, base_x2apic = u64{1} << 10;

enum class Register : u32 {
  id = 0x802,
  version = 0x803,
  task_priority = 0x808,
  end_of_interrupt = 0x80b,
  spurious = 0x80f,
  error = 0x828,
  command = 0x830,
  timer_entry = 0x832,
  timer_initial = 0x838,
  timer_current = 0x839,
  timer_divide = 0x83e,
  self_ipi = 0x83f,
};

inline constexpr u32 spurious_enabled = 1u << 8, spurious_vector = 0xff;
inline constexpr u32 entry_masked = 1u << 16, entry_periodic = 1u << 17, entry_deadline = 1u << 18;
inline constexpr u32 deliver_init = 5u << 8, deliver_startup = 6u << 8, assert_level = 1u << 14;

inline u64 read(Register which) { return read_msr(static_cast<u32>(which)); }
inline void write(Register which, u64 value) { write_msr(static_cast<u32>(which), value); }

inline void end_interrupt() { write(Register::end_of_interrupt, 0); }

// `apic_id` gets what `command` says: a vector, or a delivery mode above.
inline void send(u32 apic_id, u32 command) { write(Register::command, u64{apic_id} << 32 | command); }

}  // namespace xenolith::guest::apic
