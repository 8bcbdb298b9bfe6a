// SPDX-License-Identifier: MIT
// Keys of xl.cfg that are known but have no effect here.
#pragma once

#include <string_view>

namespace xenolith::tools {

enum class KeyStatus {
  unknown,      // probably misspelt: a warning
  ignored,      // without effect, the guest runs all the same: a warning
  hvm_only,     // for HVM guests: silent with other types, a warning with HVM
  pv_only,      // for PV guests: likewise
  unsupported,  // the guest would lack something that it was promised: an error, unless the value is empty or 0
};

KeyStatus key_status(std::string_view key);

}  // namespace xenolith::tools
