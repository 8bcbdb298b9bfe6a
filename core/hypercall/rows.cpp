// SPDX-License-Identifier: MIT
#include <arch/cpu.hpp>

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

const HypercallRow* find_row(std::span<const HypercallRow> table, u64 number) {
  for (const HypercallRow& row : table)
    if (row.number == number) return &row;
  return nullptr;
}

HypercallOutcome dispatch(std::span<const HypercallRow> table, u64 number, Vcpu& caller,
                          const HypercallArguments& arguments) {
  const HypercallRow* row = find_row(table, number);
  return row ? call_row(*row, caller, arguments) : HypercallOutcome{Failure{XEN_ENOSYS}};
}

HypercallOutcome call_row(const HypercallRow& row, Vcpu& caller, const HypercallArguments& arguments) {
  if (row.caller == Caller::control && !caller.domain().is_control()) return Failure{XEN_EPERM};
  arch::speculation_barrier();  // the number and the permission were the guest's to choose
  return row.handler(caller, arguments);
}

}  // namespace xenolith
