// SPDX-License-Identifier: MIT
// Which local APIC registers exist in which mode, and which of their bits software may write.
// Source: Intel SDM volume 3, "Local APIC Register Address Map", "x2APIC Register Address Space".
#pragma once

#include <array>

#include "arch/x86/vapic/register_page.hpp"

namespace xenolith::vapic {

struct RegisterRule {
  static constexpr u8 read = 1, write = 2, x2apic_read = 4, x2apic_write = 8;
  u8 access = 0;
  u32 writable = 0;  // x2APIC mode faults on other bits
  u32 ignored = 0;   // read-only bits that may be written as anything in x2APIC mode
};

namespace rules {

using Table = std::array<RegisterRule, apic_register_count>;
inline constexpr u8 r = RegisterRule::read | RegisterRule::x2apic_read;
inline constexpr u8 w = RegisterRule::write | RegisterRule::x2apic_write;
inline constexpr u8 xapic_r = RegisterRule::read, xapic_rw = RegisterRule::read | RegisterRule::write;
inline constexpr u32 status = 1u << 12, remote_request = 1u << 14;

constexpr void put(Table& table, ApicRegister number, RegisterRule rule) {
  table[static_cast<unsigned>(number)] = rule;
}

constexpr void put_bitmaps(Table& table) {
  for (unsigned i = 0; i < vector_groups; ++i) {
    put(table, ApicRegister::in_service + i, {r});
    put(table, ApicRegister::trigger_mode + i, {r});
    put(table, ApicRegister::request + i, {r});
  }
}

constexpr void put_local_vectors(Table& table) {
  put(table, ApicRegister::lvt_timer, {r | w, 0x0007'00ff, status});
  put(table, ApicRegister::lvt_thermal, {r | w, 0x0001'07ff, status});
  put(table, ApicRegister::lvt_performance, {r | w, 0x0001'07ff, status});
  put(table, ApicRegister::lvt_lint0, {r | w, 0x0001'a7ff, status | remote_request});
  put(table, ApicRegister::lvt_lint1, {r | w, 0x0001'a7ff, status | remote_request});
  put(table, ApicRegister::lvt_error, {r | w, 0x0001'00ff, status});
}

constexpr Table build() {
  using R = ApicRegister;
  Table t{};
  put(t, R::id, {r});
  put(t, R::version, {r});
  put(t, R::task_priority, {r | w, 0xff});
  put(t, R::arbitration_priority, {xapic_r});
  put(t, R::processor_priority, {r});
  put(t, R::end_of_interrupt, {w});
  put(t, R::remote_read, {xapic_r});
  put(t, R::logical_destination, {r | RegisterRule::write, 0xff00'0000});
  put(t, R::destination_format, {xapic_rw, 0xf000'0000});
  put(t, R::spurious, {r | w, 0x11ff});
  put_bitmaps(t);
  put(t, R::error_status, {r | w});
  put(t, R::command_low, {r | w, 0x000c'cfff, status});
  put(t, R::command_high, {xapic_rw, 0xff00'0000});
  put_local_vectors(t);
  put(t, R::timer_initial, {r | w, 0xffff'ffff});
  put(t, R::timer_current, {r});
  put(t, R::timer_divide, {r | w, 0xb});
  put(t, R::self_ipi, {RegisterRule::x2apic_write, 0xff});
  return t;
}

inline constexpr Table table = build();

}  // namespace rules

constexpr const RegisterRule& rule_of(ApicRegister number) {
  return rules::table[static_cast<unsigned>(number) % apic_register_count];
}

}  // namespace xenolith::vapic
