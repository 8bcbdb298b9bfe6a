// SPDX-License-Identifier: MIT
// The benchmark's guest: runs as dom0, on Xenolith and on Xen, and repeats single operations between marks (docs/benchmark.md). As a
// test guest, without the word "bench" on its command line, it runs each of them a few times.
#include "guests/bench/row.hpp"

namespace xenolith::guest {

void test_main() {
  bench::read_options();
  bench::mark_begin();
  bench::mark_end();
  bench::call_rows();
  bench::two_level_rows();
  bench::settle();  // upcalls are on by now
  bench::vcpu_rows();
  bench::timer_rows();
  bench::memory_rows();
  bench::domain_rows();
  bench::fifo_rows();
  note("Rows are complete");
  // A reset ends QEMU with -no-reboot, also where Xen would only halt.
  sched_shutdown request{.reason = SHUTDOWN_reboot};
  sched_op(SCHEDOP_shutdown, &request);
}

}  // namespace xenolith::guest
