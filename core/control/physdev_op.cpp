// SPDX-License-Identifier: MIT
#include "core/control/physdev_op.hpp"

#include <arch/control.hpp>

#include "core/base/interface.hpp"

namespace xenolith {
namespace {

// EHCI debug ports: the hypervisor's console is never there, so that a reset of the controller disturbs nobody.
HypercallOutcome debug_port(Vcpu& caller, const HypercallArguments& arguments) {
  auto request = TRY(GuestHandle<physdev_dbgp_op_t>{arguments[1]}.read(caller));
  switch (request.op) {
    case PHYSDEVOP_DBGP_RESET_PREPARE:
    case PHYSDEVOP_DBGP_RESET_DONE: return i64{0};
    default: return Failure{XEN_ENOSYS};
  }
}

constexpr HypercallRow rows[] = {
    {PHYSDEVOP_dbgp_op, "dbgp_op", Caller::control, debug_port},
};

}  // namespace

HypercallOutcome physdev_op(Vcpu& caller, const HypercallArguments& arguments) {
  u32 number = static_cast<u32>(arguments[0]);
  if (find_row(rows, number)) return dispatch(rows, number, caller, arguments);
  return dispatch(arch::physdev_rows(), number, caller, arguments);
}

}  // namespace xenolith
