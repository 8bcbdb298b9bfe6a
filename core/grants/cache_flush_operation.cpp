// SPDX-License-Identifier: MIT
// GNTTABOP_cache_flush: cleaning a part of a granted frame out of the caches, for devices that do not see them.
#include <arch/cache.hpp>
#include <arch/mapping.hpp>

#include "core/grants/grant_operations.hpp"
#include "core/grants/grant_table.hpp"

namespace xenolith::grant_operations {
namespace {

// Whether the mapper has mapped the frame, looking at one maptrack frame.
bool maps_in_part(Maptrack& maptrack, u32 part, Mfn mfn, FrameRef& found) {
  for (u32 i = 0; i < Maptrack::mappings_per_frame; ++i) {
    GrantMapping* mapping = maptrack.claim(GrantHandle{part * Maptrack::mappings_per_frame + i});
    if (!mapping) continue;
    bool same = mapping->mfn == mfn;
    if (same) {  // the claim keeps the mapping, and with it the frame
      known_frame(mfn).get();
      found = FrameRef::adopt(known_frame(mfn));
    }
    maptrack.unclaim(*mapping);
    if (same) return true;
  }
  return false;
}

Result<void> check(const gnttab_cache_flush_t& operation) {
  if (operation.offset >= page_size || u32{operation.offset} + operation.length > page_size) return Failure{XEN_EINVAL};
  if (operation.op & GNTTAB_CACHE_SOURCE_GREF) return Failure{XEN_EOPNOTSUPP};
  if (operation.op & ~(GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL)) return Failure{XEN_EINVAL};
  return {};
}

Result<void> flush(Mfn mfn, const gnttab_cache_flush_t& operation) {
  arch::FrameMapping mapping{mfn};
  std::byte* first = mapping.bytes() + operation.offset;
  if (operation.op & GNTTAB_CACHE_INVAL) return arch::invalidate_cache(first, operation.length);
  arch::clean_cache(first, operation.length);
  return {};
}

// False: the part of maptrack that was looked at does not have the frame.
Result<bool> flush_step(Vcpu& caller, const gnttab_cache_flush_t& operation, u32 part) {
  TRY(check(operation));
  if (operation.length == 0 || operation.op == 0) return true;
  Domain& domain = caller.domain();
  Maptrack& maptrack = domain.grants().maptrack();
  Mfn mfn = frame_of(MachineAddress{operation.a.dev_bus_addr});
  FrameRef frame = FrameRef::get(mfn, domain.id());
  if (!frame) {
    if (part * Maptrack::mappings_per_frame >= maptrack.end()) return Failure{XEN_EPERM};
    if (!maps_in_part(maptrack, part, mfn, frame)) return false;
  }
  TRY(flush(mfn, operation));
  return true;
}

}  // namespace

HypercallOutcome cache_flush(Vcpu& caller, const HypercallArguments& arguments) {
  GuestHandle<gnttab_cache_flush_t> elements{arguments[1]};
  u32 part = static_cast<u32>(arguments[0]) >> progress_shift;
  for (u32 i = 0; i < arguments[2];) {
    gnttab_cache_flush_t operation = TRY(elements.read(caller, i));
    bool done = TRY(flush_step(caller, operation, part));
    part = done ? 0 : part + 1;
    if (done) ++i;
    if (i < arguments[2] && preemption_due()) {
      HypercallArguments rest = rest_of<gnttab_cache_flush_t>(caller, arguments, i);
      rest.value[0] = GNTTABOP_cache_flush | (part << progress_shift);
      return HypercallOutcome::again(rest);
    }
  }
  return i64{0};
}

}  // namespace xenolith::grant_operations
