// SPDX-License-Identifier: MIT
#include "guests/timers.hpp"

#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

// Time and TSC keep the ratio that the time information tells.
void frequency() {
  Check check{"frequency"};
  u32 kilohertz = cpuid(xen_leaves() + 3, 0).ecx;
  u64 start = system_time(), tsc = read_tsc();
  delay(milliseconds(100));
  u64 passed = system_time() - start, cycles = read_tsc() - tsc;
  u64 expected = passed / 1000 * kilohertz / 1000;
  u64 apart = cycles > expected ? cycles - expected : expected - cycles;
  check.expect(apart < expected / 100, "{} cycles in {} ns, expected {}", cycles, passed, expected);
}

void hvm_time() {
  Check check{"hvm_get_time"};
  xen_hvm_get_time request{};
  u64 before = system_time();
  long answer = hvm_op(HVMOP_get_time, &request);
  u64 after = system_time();
  check.equal(answer, 0, "answer");
  check.expect(request.now + milliseconds(1) >= before && request.now <= after + milliseconds(1), "{} is not in {} to {}",
               u64{request.now}, before, after);
}

}  // namespace

void hardware_clocks() {
  frequency();
  hvm_time();
}

}  // namespace xenolith::guest
