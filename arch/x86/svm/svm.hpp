// SPDX-License-Identifier: MIT
// AMD SVM: features, and what each CPU needs.
#pragma once

#include "arch/x86/hvm/vendor.hpp"
#include "core/memory/heap_pages.hpp"

namespace xenolith::svm {

struct Features {
  u32 revision = 0;
  u32 asids = 0;
  bool gib_pages = false;
  bool nested_paging = false;
  bool next_rip_save = false;
  bool clean_bits = false;
  bool flush_by_asid = false;
  bool decode_assists = false;
  bool pause_filter = false, pause_threshold = false;
  bool tsc_ratio = false;
  // QEMU's emulation may deliver an interrupt that was injected by EVENTINJ a second time, on top of the first, when the
  // emulator's own work interrupts the processor at that moment (docs/debugging.md). A virtual interrupt request is
  // delivered once.
  bool repeats_injected_interrupts = false;
};

const Features& features();

// nullptr with the reason in the log when the processor has no usable SVM.
hvm::Vendor* detect();

// The ratio of this CPU's guest from now on. Only with Features::tsc_ratio.
void set_tsc_ratio(TscRatio ratio);

// The guest that runs on this CPU next, or now, exits soon: within 50 us of host time.
void exit_soon();

// The bitmap of MSRs that guests may touch without an exit: one for all guests.
Mfn msr_bitmap();
// All ports intercepted: the bitmap of guests without devices of their own.
Mfn all_ports_bitmap();

}  // namespace xenolith::svm
