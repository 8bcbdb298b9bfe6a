// SPDX-License-Identifier: MIT
#include "core/control/platform_op.hpp"

#include <arch/control.hpp>

#include "core/time/wall_clock.hpp"

namespace xenolith {
namespace {
using namespace platform_operations;

HypercallOutcome not_supported(PlatformCall&) { return Failure{XEN_EOPNOTSUPP}; }
HypercallOutcome not_implemented(PlatformCall&) { return Failure{XEN_ENOSYS}; }

HypercallOutcome set_time(PlatformCall& call) { return perform_settime(call.op.u.settime64); }

HypercallOutcome set_time_32(PlatformCall& call) {
  const xenpf_settime32& old = call.op.u.settime32;
  return perform_settime({.secs = old.secs, .nsecs = old.nsecs, .mbz = 0, .system_time = old.system_time});
}

HypercallOutcome enter_sleep(PlatformCall& call) {
  const xenpf_enter_acpi_sleep& request = call.op.u.enter_acpi_sleep;
  if (request.flags & ~u32{XENPF_ACPI_SLEEP_EXTENDED}) return Failure{XEN_EINVAL};
  return arch::enter_sleep_state(request);
}

// What the hardware domain found out of _CST and _PSS. Nothing is done with it, but saying so would make Linux
// complain for each processor.
HypercallOutcome take_power_information(PlatformCall& call) {
  switch (call.op.u.set_pminfo.type) {
    case XEN_PM_CX:
    case XEN_PM_PX:
    case XEN_PM_PDC: return i64{0};
    case XEN_PM_TX: return Failure{XEN_ENOSYS};
    default: return Failure{XEN_EINVAL};
  }
}

// The BIOS was not asked before the machine was taken over, and EFI is not kept: there is none of this.
HypercallOutcome firmware_information(PlatformCall& call) {
  switch (call.op.u.firmware_info.type) {
    case XEN_FW_DISK_INFO:
    case XEN_FW_DISK_MBR_SIGNATURE:
    case XEN_FW_VBEDDC_INFO:
    case XEN_FW_KBD_SHIFT_FLAGS: return Failure{XEN_ESRCH};
    case XEN_FW_EFI_INFO: return Failure{XEN_ENOSYS};
    default: return Failure{XEN_EINVAL};
  }
}

constexpr PlatformRow rows[] = {
    {XENPF_settime64, "settime64", set_time},
    {XENPF_settime32, "settime32", set_time_32},
    {XENPF_getidletime, "getidletime", idle_times},
    {XENPF_get_cpuinfo, "get_cpuinfo", cpu_information},
    {XENPF_get_cpu_version, "get_cpu_version", cpu_version},
    {XENPF_cpu_online, "cpu_online", bring_cpu_online},
    {XENPF_cpu_offline, "cpu_offline", take_cpu_offline},
    {XENPF_core_parking, "core_parking", core_parking},
    {XENPF_enter_acpi_sleep, "enter_acpi_sleep", enter_sleep},
    {XENPF_set_processor_pminfo, "set_processor_pminfo", take_power_information},
    {XENPF_firmware_info, "firmware_info", firmware_information},
    {XENPF_efi_runtime_call, "efi_runtime_call", not_implemented},
    {XENPF_microcode_update, "microcode_update", not_supported},
    {XENPF_resource_op, "resource_op", not_supported},
    {XENPF_cpu_hotadd, "cpu_hotadd", not_supported},
    {XENPF_mem_hotadd, "mem_hotadd", not_supported},
    {XENPF_change_freq, "change_freq", not_implemented},
    {XENPF_get_symbol, "get_symbol", not_implemented},
    {XENPF_platform_quirk, "platform_quirk", not_implemented},
};

}  // namespace

constinit const std::span<const PlatformRow> platform_rows{rows};

HypercallOutcome platform_op(Vcpu& caller, const HypercallArguments& arguments) {
  xen_platform_op op = TRY(GuestHandle<xen_platform_op>{arguments[0]}.read(caller));
  if (op.interface_version != XENPF_INTERFACE_VERSION) return Failure{XEN_EACCES};
  const PlatformRow* row = find_control_row(platform_rows, arch::platform_rows(), op.cmd);
  if (!row) return Failure{XEN_ENOSYS};
  PlatformCall call{.caller = caller, .arguments = arguments, .op = op};
  return finish(call, row->handler(call));
}

}  // namespace xenolith
