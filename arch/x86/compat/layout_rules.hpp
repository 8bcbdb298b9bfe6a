// SPDX-License-Identifier: MIT
// What rows of the table of layouts (guest_layouts.hpp) are made of.
#pragma once

#include <type_traits>

#include "core/base/types.hpp"

namespace xenolith::arch {

// How 32-bit callers lay out T. `same`: as 64-bit callers do. Otherwise `Narrow` is their structure, `copy(to, from)` makes one of
// the other, in both directions, and leaves alone what it does not name.
template <class T>
struct GuestLayout {
  static_assert(std::is_arithmetic_v<T> || alignof(T) == 1, "guest_layouts.hpp does not say how 32-bit callers lay it out");
  static constexpr bool same = true;
};

namespace layout_rules {

template <class T, class Twin>
struct Same {
  static_assert(sizeof(T) == sizeof(Twin));
  static constexpr bool same = true;
};

// Of calls that 32-bit callers cannot make (core/hypercall/narrow_calls.cpp), and lists in them.
struct WideCallersOnly {
  static constexpr bool same = true;
};

template <class Twin>
struct Differs {
  static constexpr bool same = false;
  using Narrow = Twin;
};

// The value of one field on its way into the other layout. Handles become pointers without meaning and numbers again.
template <class T>
struct Field {
  T value;
  template <class To>
  operator To() const {
    if constexpr (std::is_pointer_v<To>) return reinterpret_cast<To>(static_cast<u64>(value));
    else if constexpr (std::is_pointer_v<T>) return static_cast<To>(reinterpret_cast<u64>(value));
    else return static_cast<To>(value);
  }
};
template <class T>
Field(T) -> Field<T>;

}  // namespace layout_rules
}  // namespace xenolith::arch
