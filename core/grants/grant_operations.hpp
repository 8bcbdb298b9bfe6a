// SPDX-License-Identifier: MIT
// The hypercall grant_table_op. Source of its rules: <xen/grant_table.h>.
#pragma once

#include <climits>
#include <span>

#include "core/grants/grant_result.hpp"
#include "core/hypercall/hypercall.hpp"

namespace xenolith {

// value[0]: GNTTABOP_* (bits 31..12: progress of a cache_flush that is made again), value[1]: guest address of an array of the
// operation's structure, value[2]: count of elements. Elements are done in order, each has its own status; a batch that
// takes long is made again from its first unfinished element on. Fails with ENOSYS, EINVAL (count, command), EFAULT (elements
// before the one that could not be read or written are done).
HypercallOutcome grant_table_op(Vcpu& caller, const HypercallArguments& arguments);

// Its sub-operations; their handlers take the same arguments.
extern const std::span<const HypercallRow> grant_table_rows;

namespace grant_operations {

inline constexpr unsigned progress_shift = 12;

HypercallOutcome map_grant_ref(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome unmap_grant_ref(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome unmap_and_replace(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome setup_table(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome dump_table(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome transfer(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome copy(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome query_size(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome set_version(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome get_status_frames(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome get_version(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome swap_grant_ref(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome cache_flush(Vcpu& caller, const HypercallArguments& arguments);

// The domain that `id` names, if the caller is it or controls it. Fails with bad_domain, permission_denied.
GrantResult<Domain*> subject(Vcpu& caller, domid_t id);

// The arguments for going on after `done` elements of type Operation.
template <class Operation>
HypercallArguments rest_of(const Vcpu& caller, const HypercallArguments& arguments, u32 done) {
  HypercallArguments rest = arguments;
  rest.value[1] += u64{done} * GuestHandle<Operation>::size_for(caller);
  rest.value[2] -= done;
  return rest;
}

// Reads, performs and writes back each element in turn.
template <class Operation, class Function>
HypercallOutcome for_each_element(Vcpu& caller, const HypercallArguments& arguments, Function&& perform) {
  GuestHandle<Operation> elements{arguments[1]};
  for (u32 i = 0; i < arguments[2]; ++i) {
    if (i > 0 && preemption_due()) return HypercallOutcome::again(rest_of<Operation>(caller, arguments, i));
    Operation operation = TRY(elements.read(caller, i));
    perform(operation);
    TRY(elements.write(caller, operation, i));
  }
  return i64{0};
}

// For operations that take one structure. Fails with EINVAL for any other count.
template <class Operation, class Function>
HypercallOutcome with_single(Vcpu& caller, const HypercallArguments& arguments, Function&& perform) {
  if (arguments[2] != 1) return Failure{XEN_EINVAL};
  return for_each_element<Operation>(caller, arguments, perform);
}

}  // namespace grant_operations
}  // namespace xenolith
