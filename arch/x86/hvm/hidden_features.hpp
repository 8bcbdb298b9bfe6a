// SPDX-License-Identifier: MIT
// HiddenFeatures: the option cpuid=, which takes features away from all guests, by Xen's names for them.
#pragma once

#include <array>
#include <string_view>

#include "core/base/types.hpp"

namespace xenolith::hvm {

class CpuidPolicy;

class HiddenFeatures {
 public:
  // Hides a feature, or shows it again. False: the interface has no feature of that name.
  bool set(std::string_view name, bool hide);
  void take_from(CpuidPolicy& policy) const;

 private:
  static constexpr unsigned words = 12;  // of <xen/arch-x86/cpufeatureset.h>; the later ones are no features that guests are shown

  std::array<u32, words> hidden_{};
};

}  // namespace xenolith::hvm
