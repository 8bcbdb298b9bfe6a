// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/hypercall_32.hpp"

#include <arch/domain_state.hpp>

#include "core/base/interface.hpp"
#include "core/hypercall/table.hpp"

namespace xenolith::hvm {
namespace {

// Structures as 32-bit callers lay them out.
struct MemoryMap32 {
  u32 nr_entries, buffer;
};
struct AddToPhysmap32 {
  u16 domid, size;
  u32 space, idx, gpfn;
};
struct Poll32 {
  u32 ports, nr_ports;
  u32 timeout_low, timeout_high;
};
static_assert(sizeof(MemoryMap32) == 8 && sizeof(AddToPhysmap32) == 16 && sizeof(Poll32) == 16);

template <class Pointer>
void set_pointer(Pointer& field, u32 address) {
  field = reinterpret_cast<Pointer>(u64{address});
}

// Lets the handler work on `argument` in place of what argument 1 points to.
template <class T>
HypercallOutcome call_with(Vcpu& caller, u32 number, u64 operation, T& argument) {
  ArgumentCopy& copy = caller.arch().argument_copy;
  copy.set(argument);
  HypercallOutcome outcome = hypercall(caller, number, {{operation, ArgumentCopy::base.raw(), 0, 0, 0}});
  argument = copy.get<T>();
  copy.clear();
  return outcome;
}

HypercallOutcome memory_map(Vcpu& caller, const HypercallArguments& arguments) {
  GuestHandle<MemoryMap32> handle{arguments[1]};
  MemoryMap32 given = TRY(handle.read(caller));
  xen_memory_map request{};
  request.nr_entries = given.nr_entries;
  set_pointer(request.buffer.p, given.buffer);
  HypercallOutcome outcome = call_with(caller, __HYPERVISOR_memory_op, XENMEM_memory_map, request);
  TRY(handle.write_field(caller, &MemoryMap32::nr_entries, u32{request.nr_entries}));
  return outcome;
}

// A range may need several rounds, which are kept in the argument: one frame at a time has to do.
HypercallOutcome add_to_physmap(Vcpu& caller, const HypercallArguments& arguments) {
  AddToPhysmap32 given = TRY(GuestHandle<AddToPhysmap32>{arguments[1]}.read(caller));
  if (given.space == XENMAPSPACE_gmfn_range) return Failure{XEN_EOPNOTSUPP};
  xen_add_to_physmap request{};
  request.domid = given.domid;
  request.size = given.size;
  request.space = given.space;
  request.idx = given.idx;
  request.gpfn = given.gpfn;
  return call_with(caller, __HYPERVISOR_memory_op, XENMEM_add_to_physmap, request);
}

HypercallOutcome poll(Vcpu& caller, const HypercallArguments& arguments) {
  Poll32 given = TRY(GuestHandle<Poll32>{arguments[1]}.read(caller));
  sched_poll request{};
  set_pointer(request.ports.p, given.ports);
  request.nr_ports = given.nr_ports;
  request.timeout = u64{given.timeout_high} << 32 | given.timeout_low;
  return call_with(caller, __HYPERVISOR_sched_op, SCHEDOP_poll, request);
}

HypercallOutcome set_timer(Vcpu& caller, const HypercallArguments& arguments) {
  return hypercall(caller, __HYPERVISOR_set_timer_op, {{arguments[1] << 32 | arguments[0], 0, 0, 0, 0}});
}

constexpr u32 any_operation = ~u32{0};

// A call without a converter has the same layout for both kinds of callers.
struct Row {
  u32 number;
  u32 operation;
  HypercallHandler convert = nullptr;
};
constexpr Row rows[] = {
    {__HYPERVISOR_memory_op, XENMEM_memory_map, memory_map},
    {__HYPERVISOR_memory_op, XENMEM_add_to_physmap, add_to_physmap},
    {__HYPERVISOR_memory_op, XENMEM_current_reservation},
    {__HYPERVISOR_memory_op, XENMEM_maximum_reservation},
    {__HYPERVISOR_memory_op, XENMEM_maximum_gpfn},
    {__HYPERVISOR_sched_op, SCHEDOP_yield},
    {__HYPERVISOR_sched_op, SCHEDOP_block},
    {__HYPERVISOR_sched_op, SCHEDOP_shutdown},
    {__HYPERVISOR_sched_op, SCHEDOP_poll, poll},
    {__HYPERVISOR_set_timer_op, any_operation, set_timer},
    {__HYPERVISOR_event_channel_op, any_operation},
    {__HYPERVISOR_console_io, any_operation},
    {__HYPERVISOR_hvm_op, HVMOP_set_param},
    {__HYPERVISOR_hvm_op, HVMOP_get_param},
    {__HYPERVISOR_grant_table_op, GNTTABOP_query_size},
    {__HYPERVISOR_vcpu_op, VCPUOP_is_up},
    {__HYPERVISOR_xen_version, XENVER_version},
    {__HYPERVISOR_xen_version, XENVER_extraversion},
    {__HYPERVISOR_xen_version, XENVER_compile_info},
    {__HYPERVISOR_xen_version, XENVER_capabilities},
    {__HYPERVISOR_xen_version, XENVER_changeset},
    {__HYPERVISOR_xen_version, XENVER_get_features},
    {__HYPERVISOR_xen_version, XENVER_pagesize},
    {__HYPERVISOR_xen_version, XENVER_guest_handle},
};

}  // namespace

HypercallOutcome hypercall_32(Vcpu& caller, u32 number, const HypercallArguments& arguments) {
  for (const Row& row : rows) {
    if (row.number != number || (row.operation != any_operation && row.operation != arguments[0])) continue;
    return row.convert ? row.convert(caller, arguments) : hypercall(caller, number, arguments);
  }
  return Failure{XEN_ENOSYS};
}

}  // namespace xenolith::hvm
