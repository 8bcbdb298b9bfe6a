// SPDX-License-Identifier: MIT
// The bits of the VM-execution, VM-exit and VM-entry controls that are used (Intel SDM volume 3C, sections 25.6 "VM-Execution Control
// Fields", 25.7 "VM-Exit Control Fields", 25.8 "VM-Entry Control Fields").
#pragma once

#include "core/base/types.hpp"

namespace xenolith::vmx {

namespace pin {
inline constexpr u32 interrupt_exiting = 1u << 0, nmi_exiting = 1u << 3, virtual_nmis = 1u << 5, preemption_timer = 1u << 6;
}
namespace primary {
inline constexpr u32 interrupt_window = 1u << 2, tsc_offset = 1u << 3, hlt_exiting = 1u << 7, mwait_exiting = 1u << 10,
                     rdpmc_exiting = 1u << 11, rdtsc_exiting = 1u << 12, cr8_load_exiting = 1u << 19, cr8_store_exiting = 1u << 20,
                     tpr_shadow = 1u << 21, nmi_window = 1u << 22, io_bitmaps = 1u << 25, msr_bitmaps = 1u << 28,
                     monitor_exiting = 1u << 29, secondary = 1u << 31;
}
namespace secondary {
inline constexpr u32 ept = 1u << 1, rdtscp = 1u << 3, x2apic_msrs = 1u << 4, vpid = 1u << 5, wbinvd_exiting = 1u << 6,
                     unrestricted_guest = 1u << 7, apic_registers = 1u << 8, virtual_interrupts = 1u << 9,
                     pause_loop = 1u << 10, tsc_scaling = 1u << 25;
}
namespace exit_control {
inline constexpr u32 save_debug = 1u << 2, host_64_bit = 1u << 9, save_pat = 1u << 18, load_pat = 1u << 19,
                     save_efer = 1u << 20, load_efer = 1u << 21;
}
namespace entry_control {
inline constexpr u32 load_debug = 1u << 2, long_mode = 1u << 9, load_pat = 1u << 14, load_efer = 1u << 15;
}

}  // namespace xenolith::vmx
