// SPDX-License-Identifier: MIT
// The number with which a processor's TLB tells one vCPU's translations from another's (ASID of SVM, VPID of VMX). Each CPU hands
// out its own, from 1 up; when they are used up it flushes and begins a new generation.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::hvm {

enum class TagState : u8 {
  kept,                 // the number is what it was
  fresh,                // a number that has no translations
  fresh_and_flush_all,  // so, but the whole TLB is to be flushed before it is used
};

// One vCPU's, on the CPU it runs on. An empty one is never valid.
class AddressSpaceTag {
 public:
  u32 number() const { return number_; }
  bool is_of_this_cpu() const;
  // On entry: takes a new number unless this one is valid on this CPU; `limit` is the first that does not exist there.
  [[nodiscard]] TagState renew(u32 limit);
  // The next entry takes a new number.
  void forget() { generation_ = 0; }

 private:
  u32 number_ = 0;
  u32 cpu_ = ~u32{0};
  u64 generation_ = 0;
};

}  // namespace xenolith::hvm
