// SPDX-License-Identifier: MIT
// Exceptions.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>

#include "core/base/types.hpp"

namespace xenolith::guest {

// What vectors.S leaves on the stack. `kind`: 0 synchronous, 1 IRQ, 2 FIQ, 3 SError.
struct TrapFrame {
  u64 x[31];
  u64 kind, pc, pstate, syndrome, address;
  u64 exception_class() const { return syndrome >> 26 & 0x3f; }
};
static_assert(sizeof(TrapFrame) == 36 * 8);

// An exception that is waited for: where to go on, and what it was.
struct Catch {
  u64 resume;
  TrapFrame frame;
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

}  // namespace xenolith::guest
