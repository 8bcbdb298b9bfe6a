// SPDX-License-Identifier: MIT
#include "core/hypercall/table.hpp"

#include <arch/control.hpp>

#include <array>

#include "core/base/bits.hpp"
#include "core/base/interface.hpp"
#include "core/console/console_io.hpp"
#include "core/control/domctl.hpp"
#include "core/control/hvm_op.hpp"
#include "core/control/hypfs_op.hpp"
#include "core/control/physdev_op.hpp"
#include "core/control/platform_op.hpp"
#include "core/control/sched_op.hpp"
#include "core/control/sysctl.hpp"
#include "core/control/vcpu_op.hpp"
#include "core/control/version_op.hpp"
#include "core/control/vm_assist.hpp"
#include "core/events/event_channel_op.hpp"
#include "core/grants/grant_operations.hpp"
#include "core/hypercall/multicall.hpp"
#include "core/memory_operations/memory_operations.hpp"

namespace xenolith {

namespace {

HypercallOutcome unsupported(Vcpu&, const HypercallArguments&) { return Failure{XEN_EOPNOTSUPP}; }

constexpr HypercallRow rows[] = {
    {__HYPERVISOR_event_channel_op, "event_channel_op", Caller::any, event_channel_op},
    {__HYPERVISOR_grant_table_op, "grant_table_op", Caller::any, grant_table_op},
    {__HYPERVISOR_sched_op, "sched_op", Caller::any, sched_op},
    {__HYPERVISOR_vcpu_op, "vcpu_op", Caller::any, vcpu_op},
    {__HYPERVISOR_memory_op, "memory_op", Caller::any, memory_op},
    {__HYPERVISOR_multicall, "multicall", Caller::any, multicall},
    {__HYPERVISOR_xen_version, "xen_version", Caller::any, version_op},
    {__HYPERVISOR_set_timer_op, "set_timer_op", Caller::any, set_timer_op},
    {__HYPERVISOR_console_io, "console_io", Caller::any, console_io},
    {__HYPERVISOR_hvm_op, "hvm_op", Caller::any, hvm_op},
    {__HYPERVISOR_physdev_op, "physdev_op", Caller::any, physdev_op},
    {__HYPERVISOR_vm_assist, "vm_assist", Caller::any, vm_assist},
    {__HYPERVISOR_platform_op, "platform_op", Caller::control, platform_op},
    {__HYPERVISOR_sysctl, "sysctl", Caller::any, sysctl},
    {__HYPERVISOR_domctl, "domctl", Caller::any, domctl},
    {__HYPERVISOR_hypfs_op, "hypfs_op", Caller::control, hypfs_op},
    {__HYPERVISOR_dm_op, "dm_op", Caller::any, unsupported},
    {__HYPERVISOR_xenpmu_op, "xenpmu_op", Caller::any, unsupported},
    {__HYPERVISOR_sched_op_compat, "sched_op_compat", Caller::any, sched_op_compat},
    {__HYPERVISOR_event_channel_op_compat, "event_channel_op_compat", Caller::any, event_channel_op_compat},
};

// The same by number; those without a handler are none.
constexpr size_t numbers = 64;
constexpr std::array<HypercallRow, numbers> sort_by_number() {
  std::array<HypercallRow, numbers> sorted{};
  for (const HypercallRow& row : rows) sorted[row.number] = row;
  return sorted;
}
constexpr std::array<HypercallRow, numbers> rows_by_number = sort_by_number();

const HypercallRow* common_row(u64 number) {
  if (number >= numbers) return nullptr;
  const HypercallRow& row = rows_by_number[clamp_index_speculative(number, numbers)];
  return row.handler ? &row : nullptr;
}

}  // namespace

constinit const std::span<const HypercallRow> hypercall_rows{rows};

HypercallOutcome hypercall(Vcpu& caller, u64 number, const HypercallArguments& arguments) {
  if (const HypercallRow* row = common_row(number)) return call_row(*row, caller, arguments);
  return dispatch(arch::hypercall_rows(), number, caller, arguments);
}

}  // namespace xenolith
