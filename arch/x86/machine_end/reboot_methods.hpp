// SPDX-License-Identifier: MIT
// The option reboot=: how the machine is restarted.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {

enum class RebootMethod : u8 { acpi, keyboard, pci, power, triple_fault, none };

struct RebootChoice {
  RebootMethod method = RebootMethod::acpi;
  bool warm = false;  // the firmware is asked to skip its tests

  // Words with commas, of which the first letter counts as in Xen: acpi, kbd, pci, Power (pci with power cycle), triple, efi and
  // xen (taken for acpi), no; warm, cold. Fails with EINVAL.
  static Result<RebootChoice> parse(std::string_view text);

  // The methods to try one after the other; the last always works. Empty: none.
  std::span<const RebootMethod> order(std::array<RebootMethod, 5>& room) const;
};

}  // namespace xenolith
