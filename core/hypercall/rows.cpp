// SPDX-License-Identifier: MIT
#include "core/base/bits.hpp"
#include "core/hypercall/hypercall.hpp"

namespace xenolith {

const HypercallRow* find_row(std::span<const HypercallRow> table, u64 number) {
  // Most tables begin with number 0 and have no gaps. Whoever finds a row goes on behind a barrier: call_row().
  if (number < table.size() && table[clamp_index_speculative(number, table.size())].number == number) return &table[number];
  for (const HypercallRow& row : table)
    if (row.number == number) return &row;
  return nullptr;
}

HypercallOutcome dispatch(std::span<const HypercallRow> table, u64 number, Vcpu& caller,
                          const HypercallArguments& arguments) {
  const HypercallRow* row = find_row(table, number);
  return row ? call_row(*row, caller, arguments) : HypercallOutcome{Failure{XEN_ENOSYS}};
}

}  // namespace xenolith
