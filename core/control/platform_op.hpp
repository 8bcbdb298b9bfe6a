// SPDX-License-Identifier: MIT
// HYPERVISOR_platform_op: what the hardware domain asks of the machine. Source: <xen/platform.h>.
#pragma once

#include "core/control/control_call.hpp"

namespace xenolith {

// [0] guest address of struct xen_platform_op. Fails with EACCES (another interface version), ENOSYS (no such
// operation), EFAULT. For control domains; the table of hypercalls says so.
HypercallOutcome platform_op(Vcpu& caller, const HypercallArguments& arguments);

using PlatformCall = ControlCall<xen_platform_op>;

struct PlatformRow {
  u32 number;
  const char* name;
  HypercallOutcome (*handler)(PlatformCall& call);
};

extern const std::span<const PlatformRow> platform_rows;

namespace platform_operations {

// platform_cpus.cpp
HypercallOutcome idle_times(PlatformCall& call);
HypercallOutcome cpu_information(PlatformCall& call);
HypercallOutcome cpu_version(PlatformCall& call);
HypercallOutcome bring_cpu_online(PlatformCall& call);
HypercallOutcome take_cpu_offline(PlatformCall& call);
HypercallOutcome core_parking(PlatformCall& call);

}  // namespace platform_operations
}  // namespace xenolith
