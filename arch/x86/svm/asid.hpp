// SPDX-License-Identifier: MIT
// Address space identifiers of SVM: each CPU hands out its own, from 1 up; when they are used up it flushes and begins a
// new generation.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::svm {

struct AsidGrant {
  u32 asid;
  u64 generation;
  bool flush_all;  // the whole TLB is to be flushed at this entry
};

// The vCPU's ASID on this CPU, new if its generation is not the CPU's current one (0 never is).
AsidGrant current_asid(u64 generation, u32 asid);
// All ASIDs of this CPU are void: translations of nested page tables have changed.
void renew_asids();

}  // namespace xenolith::svm
