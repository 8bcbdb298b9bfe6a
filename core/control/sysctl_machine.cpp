// SPDX-License-Identifier: MIT
// Sysctl operations that tell of CPUs, memory and their places.
#include <arch/control.hpp>

#include <algorithm>

#include "core/control/sysctl.hpp"
#include "core/grants/grant_limits.hpp"
#include "core/memory/frame_allocator.hpp"
#include "core/memory_operations/guest_memory.hpp"
#include "core/run/dispatcher.hpp"

namespace xenolith::sysctl_operations {
namespace {

// One more than the highest number of an online CPU.
u32 cpu_numbers() {
  u32 count = 0;
  for (CpuId cpu : Dispatcher::online()) count = cpu.raw() + 1;
  return count;
}

}  // namespace

HypercallOutcome physical_information(SysctlCall& call) {
  auto& info = call.op.u.physinfo;
  info = {};
  arch::describe_machine(info);
  info.capabilities |= XEN_SYSCTL_PHYSCAP_gnttab_v1;
  if (GrantLimits::host.version >= 2) info.capabilities |= XEN_SYSCTL_PHYSCAP_gnttab_v2;
  info.nr_cpus = Dispatcher::online().count();
  info.max_cpu_id = cpu_numbers() - 1;
  info.nr_nodes = 1;
  info.max_node_id = 0;
  info.total_pages = FrameAllocator::total_frames();
  info.free_pages = FrameAllocator::free_frames();
  info.scrub_pages = FrameAllocator::dirty_frames();
  info.outstanding_pages = GuestMemory::all_claims();
  info.max_mfn = MachineMemory::highest_ram_frame().raw();
  call.copy_back = true;
  return i64{0};
}

HypercallOutcome cpu_information(SysctlCall& call) {
  auto& request = call.op.u.getcpuinfo;
  u32 count = std::min(request.max_cpus, cpu_numbers());
  GuestHandle<xen_sysctl_cpuinfo> list{request.info.p};
  for (u32 i = 0; i < count; ++i)
    TRY(list.write(call.caller, {static_cast<u64>(Dispatcher::idle_time(CpuId{i}).raw())}, i));
  request.nr_cpus = count;
  call.copy_back = true;
  return i64{0};
}

// Fewer places than CPUs: as many as there is room for, and how many there are.
HypercallOutcome cpu_topology(SysctlCall& call) {
  auto& request = call.op.u.cputopoinfo;
  GuestHandle<xen_sysctl_cputopo> list{request.cputopo.p};
  u32 there = cpu_numbers(), count = std::min(request.num_cpus, there);
  CpuSet online = Dispatcher::online();
  for (u32 i = 0; !list.is_null() && i < count; ++i) {
    xen_sysctl_cputopo place{XEN_INVALID_CORE_ID, XEN_INVALID_SOCKET_ID, XEN_INVALID_NODE_ID};
    if (online.contains(CpuId{i})) {
      arch::CpuPlace at = arch::place_of(CpuId{i});
      place = {at.core, at.socket, at.node};
    }
    TRY(list.write(call.caller, place, i));
  }
  request.num_cpus = there;
  call.copy_back = true;
  return i64{0};
}

// One node with all memory.
HypercallOutcome numa_information(SysctlCall& call) {
  auto& request = call.op.u.numainfo;
  GuestHandle<xen_sysctl_meminfo> memory{request.meminfo.p};
  GuestHandle<u32> distance{request.distance.p};
  constexpr u32 distance_to_itself = 10;
  if (request.num_nodes > 0) {
    xen_sysctl_meminfo info{FrameAllocator::total_frames() << page_shift, FrameAllocator::free_frames() << page_shift};
    if (!memory.is_null()) TRY(memory.write(call.caller, info));
    if (!distance.is_null()) TRY(distance.write(call.caller, distance_to_itself));
  }
  request.num_nodes = 1;
  call.copy_back = true;
  return i64{0};
}

// Devices are known by the folder that has the buses; of the machine's single node all of them are.
HypercallOutcome device_topology(SysctlCall& call) {
  auto& request = call.op.u.pcitopoinfo;
  GuestHandle<physdev_pci_device_t> devices{request.devs.p};
  GuestHandle<u32> nodes{request.nodes.p};
  if (devices.is_null() || nodes.is_null()) return Failure{XEN_EINVAL};
  for (u32 i = 0; i < request.num_devs; ++i) {
    static_cast<void>(TRY(devices.read(call.caller, i)));
    TRY(nodes.write(call.caller, XEN_INVALID_NODE_ID, i));
    if (i + 1 == request.num_devs || !preemption_due()) continue;
    request.num_devs = i + 1;  // the caller asks for the rest
  }
  call.copy_back = true;
  return i64{0};
}

// Memory is not sorted by address width: the answer is all of it, whatever the bounds.
HypercallOutcome available_heap(SysctlCall& call) {
  auto& request = call.op.u.availheap;
  bool is_node = request.node == -1 || request.node == 0;
  request.avail_bytes = is_node ? FrameAllocator::free_frames() << page_shift : 0;
  call.copy_back = true;
  return i64{0};
}

HypercallOutcome page_offline(SysctlCall&) { return Failure{XEN_EOPNOTSUPP}; }

}  // namespace xenolith::sysctl_operations
