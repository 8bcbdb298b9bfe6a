// SPDX-License-Identifier: MIT
// Why an entry into a guest failed, in words.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::vmx {

// How an instruction of VMX ended (Intel SDM volume 3C, section 31.2 "Conventions"). The assembly returns these numbers.
enum class Status : u64 { succeeded = 0, no_current_vmcs = 1, failed = 2 };

// The VM-instruction error field (section 31.4 "VM Instruction Error Numbers").
const char* instruction_error(u32 number);
// The reason and the exit qualification of an exit with the entry-failure bit (section 27.8 "VM-Entry Failures During or After Loading
// Guest State").
const char* entry_failure(u32 reason, u64 qualification);

}  // namespace xenolith::vmx
