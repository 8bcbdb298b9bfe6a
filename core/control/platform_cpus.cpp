// SPDX-License-Identifier: MIT
// Platform operations that concern CPUs.
#include <arch/control.hpp>

#include "core/control/control_bitmap.hpp"
#include "core/control/platform_op.hpp"
#include "core/run/dispatcher.hpp"
#include "core/time/clock.hpp"

namespace xenolith::platform_operations {
namespace {

u32 highest_cpu() {
  u32 highest = 0;
  for (CpuId cpu : Dispatcher::online()) highest = cpu.raw();
  return highest;
}
bool is_online(u32 cpu) { return Dispatcher::online().contains(CpuId{cpu}); }

}  // namespace

HypercallOutcome idle_times(PlatformCall& call) {
  auto& request = call.op.u.getidletime;
  xenctl_bitmap map{};
  map.bitmap.p = request.cpumap_bitmap.p;
  map.nr_bits = request.cpumap_nr_cpus;
  CpuSet asked = TRY(read_bitmap(call.caller, map)), online = Dispatcher::online();
  GuestHandle<u64> times{request.idletime.p};
  request.now = static_cast<u64>(now().raw());
  for (CpuId cpu : asked) {
    u64 time = online.contains(cpu) ? static_cast<u64>(Dispatcher::idle_time(cpu).raw()) : 0;
    TRY(times.write(call.caller, time, cpu.raw()));
  }
  TRY(write_bitmap(call.caller, map, asked & online));
  call.copy_back = true;
  return i64{0};
}

HypercallOutcome cpu_information(PlatformCall& call) {
  auto& info = call.op.u.pcpu_info;
  info.max_present = highest_cpu();
  if (is_online(info.xen_cpuid)) {
    info.flags = XEN_PCPU_FLAGS_ONLINE;
    arch::describe_cpu(CpuId{info.xen_cpuid}, info);
  } else {
    info.flags = XEN_PCPU_FLAGS_INVALID;
  }
  call.copy_back = true;
  return i64{0};
}

HypercallOutcome cpu_version(PlatformCall& call) {
  auto& version = call.op.u.pcpu_version;
  u32 cpu = version.xen_cpuid;
  version = {};
  version.xen_cpuid = cpu;
  version.max_present = highest_cpu();
  if (is_online(cpu)) arch::describe_cpu_version(CpuId{cpu}, version);
  call.copy_back = true;
  return i64{0};
}

// CPUs stay as they were at boot.
HypercallOutcome bring_cpu_online(PlatformCall& call) {
  return is_online(call.op.u.cpu_ol.cpuid) ? HypercallOutcome{i64{0}} : Failure{XEN_EINVAL};
}

HypercallOutcome take_cpu_offline(PlatformCall& call) {
  u32 cpu = call.op.u.cpu_ol.cpuid;
  if (cpu == 0) return Failure{XEN_EOPNOTSUPP};
  return Failure{is_online(cpu) ? XEN_EOPNOTSUPP : XEN_EINVAL};
}

HypercallOutcome core_parking(PlatformCall& call) {
  auto& request = call.op.u.core_parking;
  switch (request.type) {
    case XEN_CORE_PARKING_GET:
      request.idle_nums = 0;
      call.copy_back = true;
      return i64{0};
    case XEN_CORE_PARKING_SET: return Failure{XEN_EOPNOTSUPP};
    default: return Failure{XEN_EINVAL};
  }
}

}  // namespace xenolith::platform_operations
