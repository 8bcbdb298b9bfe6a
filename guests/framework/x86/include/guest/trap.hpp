// SPDX-License-Identifier: MIT
// Exceptions and interrupts.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>

#include "core/base/types.hpp"

namespace xenolith::guest {

// What a trap leaves on the stack: trap_entry.S.
struct TrapFrame {
  u64 r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
  u64 vector, error_code;
  u64 rip, cs, rflags, rsp, ss;
};
static_assert(sizeof(TrapFrame) == 22 * 8);

namespace exception {
inline constexpr u64 divide = 0, debug = 1, breakpoint = 3, overflow = 4, undefined = 6, no_segment = 11, protection = 13,
                     page_fault = 14;
}

// An exception that is waited for: where to go on, and what it was.
struct Catch {
  u64 resume;
  TrapFrame frame;
  u64 address;  // %cr2
};

extern "C" bool call_catching(void (*function)(void*), void* argument, u64* resume);
Catch* set_catch(Catch* next);

// Runs `function` and returns the exception that ended it, if one did. Destructors in `function` do not run then.
template <class Function>
std::optional<Catch> catch_trap(Function&& function) {
  using Plain = std::remove_reference_t<Function>;
  Catch record{};
  Catch* outer = set_catch(&record);
  bool trapped = call_catching([](void* f) { (*static_cast<Plain*>(f))(); }, std::addressof(function), &record.resume);
  set_catch(outer);
  if (!trapped) return std::nullopt;
  return record;
}

// Sets what an interrupt vector (32 and above) calls. A vector without handler is an error that ends the guest.
using InterruptHandler = void (*)(TrapFrame&);
void set_handler(u8 vector, InterruptHandler handler);

// The interrupt descriptor table is one for all vCPUs.
void fill_trap_table();
void load_trap_table();

}  // namespace xenolith::guest
