// SPDX-License-Identifier: MIT
// The states in which vCPUs begin.
#pragma once

#include "core/base/units.hpp"
#include "core/time/system_time.hpp"

namespace xenolith {
class Vcpu;
}

namespace xenolith::hvm {

// As after INIT, in real mode (Intel SDM volume 3, table 9-1 "IA-32 and Intel 64 Processor States Following Power-up, Reset, or
// INIT").
void set_initial_state(Vcpu& vcpu);
// That, then the start-up message's page.
void set_startup_state(Vcpu& vcpu, u8 page);
// As a PVH guest begins: 32-bit protected mode, flat segments, paging off, rbx = start information
// (xen/arch-x86/hvm/start_info.h).
void set_pvh_state(Vcpu& vcpu, GuestPhysical entry, GuestPhysical start_info);

// When the vCPU's time-stamp counter will read `tsc`; never() if that is beyond range.
SystemTime time_of_guest_tsc(Vcpu& vcpu, u64 tsc);

}  // namespace xenolith::hvm
