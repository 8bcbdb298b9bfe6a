// SPDX-License-Identifier: MIT
#pragma once

#include "tools/control/vcpus.hpp"

namespace xenolith::tools {

// Sets what the guest's vCPUs start with: memory types that are write-back everywhere, and the first vCPU at `entry` in
// 32-bit protected mode without paging, flat segments, ebx = start_info (xen's docs, "x86/HVM direct boot ABI").
void set_pvh_start_state(Vcpus& vcpus, DomainId domain, uint32_t vcpu_count, uint64_t entry, uint64_t start_info);

}  // namespace xenolith::tools
