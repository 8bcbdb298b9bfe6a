// SPDX-License-Identifier: MIT
// CleanState: which groups of a VMCB's fields have changed since the hardware last ran it. What is clean the processor may keep
// instead of loading it again (AMD64 APM volume 2, section 15.15.3 "VMCB Clean Field").
#pragma once

#include "core/base/types.hpp"

namespace xenolith::svm {

enum class Group : u32 {
  intercepts = 1 << 0,       // intercept vectors, TSC offset, pause filter
  permission_maps = 1 << 1,  // of ports and MSRs
  asid = 1 << 2,
  virtual_interrupt = 1 << 3,  // the word of V_TPR, V_IRQ ...
  nested_paging = 1 << 4,    // nested CR3, PAT
  control = 1 << 5,          // CR0, CR3, CR4, EFER
  debug = 1 << 6,            // DR6, DR7
  tables = 1 << 7,           // GDT, IDT
  segments = 1 << 8,         // CS, DS, SS, ES, CPL
  cr2 = 1 << 9,
  last_branch = 1 << 10,     // DbgCtl and the branch records
};

class CleanState {
 public:
  void changed(Group group) { clean_ &= ~static_cast<u32>(group); }
  // The hardware has nothing of this VMCB: it was never run, or ran on another CPU.
  void forget() { clean_ = 0; }
  // What to enter with, and at the same time the end of all changes: the entry loads them.
  u32 for_entry() {
    u32 now = clean_;
    clean_ = every_group;
    return now;
  }

  static constexpr u32 every_group = 0x7ff;

 private:
  u32 clean_ = 0;
};

}  // namespace xenolith::svm
