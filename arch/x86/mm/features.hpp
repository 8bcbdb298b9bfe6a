// SPDX-License-Identifier: MIT
// Which paging features this processor has; read once at boot.
#pragma once

namespace xenolith::mm {

struct PagingFeatures {
  bool no_execute = false;
  bool pages_1g = false;
  bool smep = false;
  bool smap = false;
  unsigned physical_bits = 36;
};

const PagingFeatures& features();
void detect_features();

}  // namespace xenolith::mm
