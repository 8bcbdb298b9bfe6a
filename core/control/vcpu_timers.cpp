// SPDX-License-Identifier: MIT
// The timers of the vCPU interface.
#include "core/base/interface.hpp"
#include "core/control/vcpu_op.hpp"
#include "core/run/vcpu_run.hpp"
#include "core/time/clock.hpp"

namespace xenolith {
namespace vcpu_operations {

constexpr u64 shortest_period = 1'000'000;             // nanoseconds
constexpr u64 longest_period = ~u64{0} >> 2;

HypercallOutcome set_periodic_timer(Vcpu& caller, const HypercallArguments& arguments) {
  Vcpu* vcpu = TRY(subject(caller, arguments));
  auto request = TRY(GuestHandle<vcpu_set_periodic_timer_t>{arguments[2]}.read(caller));
  if (request.period_ns < shortest_period || request.period_ns > longest_period) return Failure{XEN_EINVAL};
  vcpu->run().set_periodic(nanoseconds(static_cast<i64>(request.period_ns)));
  return i64{0};
}

HypercallOutcome stop_periodic_timer(Vcpu& caller, const HypercallArguments& arguments) {
  TRY(subject(caller, arguments))->run().set_periodic(Duration::zero());
  return i64{0};
}

// A time that has passed fires at once, VCPU_SSHOTTMR_future or not: guests of today take any other answer than 0 for a bug.
HypercallOutcome set_singleshot_timer(Vcpu& caller, const HypercallArguments& arguments) {
  if (TRY(subject(caller, arguments)) != &caller) return Failure{XEN_EINVAL};
  auto request = TRY(GuestHandle<vcpu_set_singleshot_timer_t>{arguments[2]}.read(caller));
  caller.run().singleshot().set(SystemTime{static_cast<i64>(request.timeout_abs_ns)});
  return i64{0};
}

HypercallOutcome stop_singleshot_timer(Vcpu& caller, const HypercallArguments& arguments) {
  if (TRY(subject(caller, arguments)) != &caller) return Failure{XEN_EINVAL};
  caller.run().singleshot().stop();
  return i64{0};
}

}  // namespace vcpu_operations

// Old guests compute times that have wrapped to far past or future when they have nothing to wait for. A timer that
// fires at once would keep the CPU busy, one that never fires could lose work: such times fire in a tenth of a
// second.
HypercallOutcome set_timer_op(Vcpu& caller, const HypercallArguments& arguments) {
  constexpr Duration plausible = nanoseconds(i64{1} << 50);
  SystemTime deadline{static_cast<i64>(arguments[0])}, time = now();
  Timer& timer = caller.run().singleshot();
  if (arguments[0] == 0) timer.stop();
  else if (deadline < SystemTime{} || deadline > time + plausible) timer.set(time + milliseconds(100));
  else timer.set(deadline);
  return i64{0};
}

}  // namespace xenolith
