// SPDX-License-Identifier: MIT
// Rows: the way into the hypervisor and back.
#include "guests/bench/processor.hpp"
#include "guests/bench/row.hpp"

namespace xenolith::guest::bench {

void call_rows() {
  repeat("hypercall_null", 2000, [] { version_op(XENVER_version, nullptr); });
  processor_rows();
  repeat("multicall_32", 200, [] {
    static multicall_entry calls[32];
    for (multicall_entry& call : calls) call = {.op = __HYPERVISOR_xen_version, .result = 0, .args = {XENVER_version}};
    hypercall(__HYPERVISOR_multicall, address_of(calls), 32);
  });
  repeat("yield_alone", 1000, [] { sched_op(SCHEDOP_yield, nullptr); });
}

}  // namespace xenolith::guest::bench
