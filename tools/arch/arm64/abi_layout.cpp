// SPDX-License-Identifier: MIT
// What docs/abi-arm.md promises, as far as a compiler can tell. Compiled into the tools of arm64, and by itself.
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tools/control/interface.hpp"

extern "C" {
#include <xen/vcpu.h>
}

namespace {

// Making a hypercall.
static_assert(XEN_HYPERCALL_TAG == 0xea1);
static_assert(__HYPERVISOR_memory_op == 12 && __HYPERVISOR_multicall == 13 && __HYPERVISOR_xen_version == 17);
static_assert(__HYPERVISOR_console_io == 18 && __HYPERVISOR_grant_table_op == 20 && __HYPERVISOR_vcpu_op == 24);
static_assert(__HYPERVISOR_sched_op == 29 && __HYPERVISOR_event_channel_op == 32 && __HYPERVISOR_hvm_op == 34);

// Widths, for 32-bit guests too.
static_assert(sizeof(xen_ulong_t) == 8 && sizeof(xen_pfn_t) == 8 && sizeof(xen_callback_t) == 8);
static_assert(sizeof(XEN_GUEST_HANDLE(void)) == 8 && alignof(XEN_GUEST_HANDLE_PARAM(void)) <= 8);

// Shared memory. `vcpu_info` and `shared_info` end in structures without members, which C++ gives a size and C does not: the hypervisor's
// arch/arm64/include/arch/interface.hpp checks them.
static_assert(sizeof(vcpu_time_info) == 32 && XEN_LEGACY_MAX_VCPUS == 1);
static_assert(sizeof(grant_entry_v1_t) == 8);
static_assert(sizeof(vcpu_runstate_info) == 48 && sizeof(vcpu_register_vcpu_info) == 16);

// Numbers.
static_assert(XENMAPSPACE_shared_info == 0 && XENMAPSPACE_grant_table == 1 && XENMAPSPACE_gmfn_foreign == 4);
static_assert(HVM_PARAM_STORE_PFN == 1 && HVM_PARAM_STORE_EVTCHN == 2 && HVM_PARAM_CONSOLE_PFN == 17 && HVM_PARAM_CONSOLE_EVTCHN == 18);
static_assert(SHUTDOWN_poweroff == 0 && SHUTDOWN_reboot == 1 && SHUTDOWN_suspend == 2 && SHUTDOWN_crash == 3);
static_assert(EVTCHN_2L_NR_CHANNELS == 4096);

// The processor's state at start.
static_assert(offsetof(vcpu_guest_context, user_regs) == 8 && offsetof(vcpu_guest_core_regs, pc64) == 248);

}  // namespace
