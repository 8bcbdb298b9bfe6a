// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>

#include "core/base/types.hpp"

namespace xenolith {

// What to write into SLP_TYP of the two PM1 control registers for a sleeping state.
struct SleepType {
  u8 a, b;
  constexpr bool operator==(const SleepType&) const = default;
};

// The sleep types of state S5 (soft off) in the bytes of a DSDT: the package that is named \_S5_. Other definitions of
// it, made by control methods, are not found. Source: ACPI Specification 6.4, section 7.4.2 "\_Sx (System States)", 20.2 "AML Grammar".
std::optional<SleepType> find_soft_off(std::span<const u8> aml);

}  // namespace xenolith
