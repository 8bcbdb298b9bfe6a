// SPDX-License-Identifier: MIT
#include "core/control/vcpu_op.hpp"

#include <arch/control.hpp>

#include "core/base/interface.hpp"
#include "core/run/vcpu_run.hpp"
#include "core/time/clock.hpp"

namespace xenolith {

Result<Vcpu*> vcpu_operations::subject(Vcpu& caller, const HypercallArguments& arguments) {
  Vcpu* vcpu = caller.domain().vcpu(VcpuId{static_cast<u32>(arguments[1])});
  if (!vcpu) return Failure{XEN_ENOENT};
  return vcpu;
}

namespace {
using vcpu_operations::subject;

HypercallOutcome initialise(Vcpu& caller, const HypercallArguments& arguments) {
  return arch::initialise_vcpu(caller, *TRY(subject(caller, arguments)), GuestVirtual{arguments[2]});
}

HypercallOutcome up(Vcpu& caller, const HypercallArguments& arguments) {
  return arch::bring_up_vcpu(*TRY(subject(caller, arguments)));
}

HypercallOutcome down(Vcpu& caller, const HypercallArguments& arguments) {
  TRY(subject(caller, arguments))->stop(Vcpu::down);
  caller.domain().note_vcpu_down();
  return i64{0};
}

HypercallOutcome is_up(Vcpu& caller, const HypercallArguments& arguments) {
  return i64{!(TRY(subject(caller, arguments))->stops() & Vcpu::down)};
}

HypercallOutcome get_runstate(Vcpu& caller, const HypercallArguments& arguments) {
  Vcpu* vcpu = TRY(subject(caller, arguments));
  return GuestHandle<vcpu_runstate_info_t>{arguments[2]}.write(caller, vcpu->run().runstate(now()));
}

HypercallOutcome nmi(Vcpu& caller, const HypercallArguments& arguments) {
  Vcpu* vcpu = TRY(subject(caller, arguments));
  if (arguments[2] != 0) return Failure{XEN_EINVAL};
  return arch::send_nmi(*vcpu);
}

HypercallOutcome get_physical_id(Vcpu& caller, const HypercallArguments& arguments) {
  u64 id = TRY(arch::physical_id(*TRY(subject(caller, arguments))));
  return GuestHandle<vcpu_get_physid_t>{arguments[2]}.write(caller, {id});
}

using namespace vcpu_operations;
constexpr HypercallRow rows[] = {
    {VCPUOP_initialise, "initialise", Caller::any, initialise},
    {VCPUOP_up, "up", Caller::any, up},
    {VCPUOP_down, "down", Caller::any, down},
    {VCPUOP_is_up, "is_up", Caller::any, is_up},
    {VCPUOP_get_runstate_info, "get_runstate_info", Caller::any, get_runstate},
    {VCPUOP_register_runstate_memory_area, "register_runstate_memory_area", Caller::any, register_runstate},
    {VCPUOP_set_periodic_timer, "set_periodic_timer", Caller::any, set_periodic_timer},
    {VCPUOP_stop_periodic_timer, "stop_periodic_timer", Caller::any, stop_periodic_timer},
    {VCPUOP_set_singleshot_timer, "set_singleshot_timer", Caller::any, set_singleshot_timer},
    {VCPUOP_stop_singleshot_timer, "stop_singleshot_timer", Caller::any, stop_singleshot_timer},
    {VCPUOP_register_vcpu_info, "register_vcpu_info", Caller::any, register_info},
    {VCPUOP_register_vcpu_time_memory_area, "register_vcpu_time_memory_area", Caller::any, register_time},
    {VCPUOP_get_physid, "get_physid", Caller::any, get_physical_id},
    {VCPUOP_send_nmi, "send_nmi", Caller::any, nmi},
};

}  // namespace

HypercallOutcome vcpu_op(Vcpu& caller, const HypercallArguments& arguments) {
  return dispatch(rows, static_cast<u32>(arguments[0]), caller, arguments);
}

}  // namespace xenolith
