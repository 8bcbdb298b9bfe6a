// SPDX-License-Identifier: MIT
// Hypercalls. An answer below 0 is minus one of Xen's error numbers.
#pragma once

#include "core/base/interface.hpp"
#include "core/base/types.hpp"
#include "core/base/units.hpp"

namespace xenolith::guest {

long hypercall(u64 number, u64 first = 0, u64 second = 0, u64 third = 0, u64 fourth = 0, u64 fifth = 0);

template <class T>
u64 address_of(T* pointer) {
  return reinterpret_cast<u64>(pointer);
}

inline long event_op(u32 command, void* argument) {
  return hypercall(__HYPERVISOR_event_channel_op, command, address_of(argument));
}
inline long memory_op(u32 command, void* argument) { return hypercall(__HYPERVISOR_memory_op, command, address_of(argument)); }
inline long grant_op(u32 command, void* argument, u32 count = 1) {
  return hypercall(__HYPERVISOR_grant_table_op, command, address_of(argument), count);
}
inline long sched_op(u32 command, void* argument) { return hypercall(__HYPERVISOR_sched_op, command, address_of(argument)); }
inline long vcpu_op(u32 command, u32 vcpu, void* argument) {
  return hypercall(__HYPERVISOR_vcpu_op, command, vcpu, address_of(argument));
}
inline long hvm_op(u32 command, void* argument) { return hypercall(__HYPERVISOR_hvm_op, command, address_of(argument)); }
inline long version_op(u32 command, void* argument) { return hypercall(__HYPERVISOR_xen_version, command, address_of(argument)); }

// Ends the machine.
[[noreturn]] void power_off();

}  // namespace xenolith::guest
