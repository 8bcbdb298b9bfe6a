// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith::mm {

// Boot time: the end of RAM, which sizes the frame table; cut to what the heap's range can reach.
void set_frame_limit(Mfn end);
Mfn frame_limit();

// Makes the page table behind the FrameMapping windows of a CPU; before that CPU's first mapping. Fails with ENOMEM.
Result<void> prepare_windows(CpuId cpu);

}  // namespace xenolith::mm
