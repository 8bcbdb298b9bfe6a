// SPDX-License-Identifier: MIT
// XENMEM_memory_map, set_memory_map, machine_memory_map.
#include <algorithm>

#include "core/memory_operations/guest_memory.hpp"
#include "core/memory_operations/memory_operations.hpp"

namespace xenolith::memory_operations {
namespace {

GuestHandle<MemoryMapEntry> buffer_of(const xen_memory_map_t& request) {
  return GuestHandle<MemoryMapEntry>{reinterpret_cast<u64>(request.buffer.p)};
}

}  // namespace

// As many entries as there are and as fit. ENOSYS when no map was set, so that the guest falls back to what it knows.
HypercallOutcome memory_map(Vcpu& caller, const HypercallArguments& arguments) {
  GuestHandle<xen_memory_map_t> handle{arguments[1]};
  xen_memory_map_t request = TRY(handle.read(caller));
  Ref<MemoryMapTable> map = caller.domain().guest_memory().map();
  if (!map) return Failure{XEN_ENOSYS};
  u32 count = std::min<u32>(request.nr_entries, static_cast<u32>(map->entries().size()));
  TRY(buffer_of(request).write_array(caller, map->entries().first(count)));
  return handle.write_field(caller, &xen_memory_map_t::nr_entries, count);
}

HypercallOutcome set_memory_map(Vcpu& caller, const HypercallArguments& arguments) {
  auto request = TRY(GuestHandle<xen_foreign_memory_map_t>{arguments[1]}.read(caller));
  if (request.map.nr_entries > MemoryMapTable::most_entries) return Failure{XEN_EINVAL};
  Domain* domain = TRY(subject(caller, request.domid));
  Own<MemoryMapTable> made = TRY(make<MemoryMapTable>());
  made->set_count(request.map.nr_entries);
  TRY(buffer_of(request.map).read_array(caller, made->entries()));
  domain->guest_memory().set_map(Ref<MemoryMapTable>::adopt(made.release()));
  return i64{0};
}

// Without a buffer, only the number of entries is told. EINVAL when they do not fit.
HypercallOutcome machine_memory_map(Vcpu& caller, const HypercallArguments& arguments) {
  if (!caller.domain().is_hardware() && !caller.domain().is_control()) return Failure{XEN_EPERM};
  GuestHandle<xen_memory_map_t> handle{arguments[1]};
  xen_memory_map_t request = TRY(handle.read(caller));
  Ref<MemoryMapTable> map = MachineMemory::map();
  if (!map) return Failure{XEN_ENOSYS};
  u32 count = static_cast<u32>(map->entries().size());
  if (!buffer_of(request).is_null()) {
    if (request.nr_entries < count) return Failure{XEN_EINVAL};
    TRY(buffer_of(request).write_array(caller, map->entries()));
  }
  return handle.write_field(caller, &xen_memory_map_t::nr_entries, count);
}

}  // namespace xenolith::memory_operations
