// SPDX-License-Identifier: MIT
// The hypercall memory_op. Source of its rules: <xen/memory.h>.
#pragma once

#include <span>

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

// value[0]: XENMEM_* in bits 5..0, above them the first extent still to do (MEMOP_EXTENT_SHIFT of the interface, part of how
// a call is made again), value[1]: guest address of the operation's structure. What is returned differs between
// operations: a number of extents, of frames, or zero; negative errors. ENOSYS for unknown operations.
HypercallOutcome memory_op(Vcpu& caller, const HypercallArguments& arguments);

extern const std::span<const HypercallRow> memory_rows;

namespace memory_operations {

inline constexpr unsigned extent_shift = 6;
inline constexpr u32 most_extents = ~u32{0} >> extent_shift;  // what a repeated call can express

inline u32 operation_number(const HypercallArguments& arguments) {
  return static_cast<u32>(arguments[0]) & ((1u << extent_shift) - 1);
}
inline u32 first_extent(const HypercallArguments& arguments) {
  return static_cast<u32>(arguments[0]) >> extent_shift;
}
// The call to go on with at extent `next`.
inline HypercallOutcome again_at(const HypercallArguments& arguments, u32 next) {
  HypercallArguments rest = arguments;
  rest.value[0] = operation_number(arguments) | (next << extent_shift);
  return HypercallOutcome::again(rest);
}

// The domain that `id` names, if the caller is it or controls it. Fails with ESRCH, EPERM, EINVAL (it is dying).
Result<Domain*> subject(Vcpu& caller, domid_t id);

// reservation_operations.cpp
HypercallOutcome increase_reservation(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome decrease_reservation(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome populate_physmap(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome exchange(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome claim_pages(Vcpu& caller, const HypercallArguments& arguments);

// information_operations.cpp
HypercallOutcome maximum_ram_page(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome current_reservation(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome maximum_reservation(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome maximum_gpfn(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome set_pod_target(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome get_pod_target(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome get_vnumainfo(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome shared_pages(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome reserved_device_memory_map(Vcpu& caller, const HypercallArguments& arguments);

// memory_map_operations.cpp
HypercallOutcome memory_map(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome set_memory_map(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome machine_memory_map(Vcpu& caller, const HypercallArguments& arguments);

// physmap_operations.cpp
HypercallOutcome add_to_physmap(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome add_to_physmap_batch(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome remove_from_physmap(Vcpu& caller, const HypercallArguments& arguments);

// resource_operation.cpp
HypercallOutcome acquire_resource(Vcpu& caller, const HypercallArguments& arguments);

}  // namespace memory_operations
}  // namespace xenolith
