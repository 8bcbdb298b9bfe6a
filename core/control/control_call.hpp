// SPDX-License-Identifier: MIT
// How domctl, sysctl and platform_op run: the operation's structure is copied in once, the row's handler works on the
// copy, and says whether it is copied out again.
#pragma once

#include <span>

#include "core/base/interface.hpp"
#include "core/hypercall/hypercall.hpp"

namespace xenolith {

template <class Operation>
struct ControlCall {
  Vcpu& caller;
  const HypercallArguments& arguments;
  Operation op;
  bool copy_back = false;    // the guest gets `op` back, whether the outcome is an error or not
  Domain* domain = nullptr;  // domctl: the target

  GuestHandle<Operation> handle() const { return GuestHandle<Operation>{arguments[0]}; }
  // The call is to be made again, with the copy as it is now.
  HypercallOutcome again() {
    copy_back = true;
    return HypercallOutcome::again(arguments);
  }
};

// Finishes a call: copies out where the handler wants it. Fails with EFAULT.
template <class Operation>
HypercallOutcome finish(ControlCall<Operation>& call, const HypercallOutcome& outcome) {
  if (call.copy_back) TRY(call.handle().write(call.caller, call.op));
  return outcome;
}

template <class Row>
const Row* find_control_row(std::span<const Row> common, std::span<const Row> architecture, u32 number) {
  for (std::span<const Row> table : {common, architecture})
    for (const Row& row : table)
      if (row.number == number) return &row;
  return nullptr;
}

}  // namespace xenolith
