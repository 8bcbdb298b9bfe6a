// SPDX-License-Identifier: MIT
// What a processor checks of the controls and of the host's state before it looks at the guest (Intel SDM volume 3C, section 27.2
// "Checks on VMX Controls and Host-State Area"). Used to say which fields look wrong after VMLAUNCH or VMRESUME failed.
#pragma once

#include "arch/x86/vmx/guest_checks.hpp"

namespace xenolith::vmx {

struct ControlSnapshot {
  u32 pin = 0, primary = 0, secondary = 0, exit = 0, entry = 0;
  u16 vpid = 0;
  u64 tsc_multiplier = 0;
  u64 io_bitmap_a = 0, io_bitmap_b = 0, msr_bitmap = 0, ept_pointer = 0, virtual_apic_page = 0;
  u32 entry_event = 0;
};

struct HostSnapshot {
  u64 cr0 = 0, cr3 = 0, cr4 = 0, efer = 0, pat = 0, rip = 0;
  u64 fs_base = 0, gs_base = 0, tr_base = 0, gdtr_base = 0, idtr_base = 0, sysenter_esp = 0, sysenter_eip = 0;
  u16 cs = 0, ss = 0, tr = 0;
};

WrongFields check_controls(const ControlSnapshot& controls, const Capabilities& processor, unsigned physical_bits);
WrongFields check_host(const HostSnapshot& host, const Capabilities& processor, unsigned physical_bits);

}  // namespace xenolith::vmx
