// SPDX-License-Identifier: MIT
// XEN_DOMCTL_max_mem, getpageframeinfo3, shadow_op, get/set_paging_mempool_size, memory_mapping, cacheflush.
#include <arch/cache.hpp>
#include <arch/mapping.hpp>

#include "core/base/bits.hpp"
#include "core/control/domain_control.hpp"
#include "core/control/domctl.hpp"

namespace xenolith::domctl_operations {
namespace {

constexpr u64 kib_per_page = page_size / 1024;
constexpr u64 most_mapped = 64;   // frames of one memory_mapping: the caller asks for the rest
constexpr u64 most_frame_numbers = u64{1} << 40;

bool is_range(u64 first, u64 count) { return count != 0 && first < most_frame_numbers && count <= most_frame_numbers; }

xen_pfn_t kind_of(Domain& domain, Gfn gfn) {
  P2mType type = domain.p2m().lookup(gfn).type;
  bool is_page = is_own_ram(type) || type == P2mType::shared_frame;
  return is_page ? XEN_DOMCTL_PFINFO_NOTAB : XEN_DOMCTL_PFINFO_XTAB;
}

Result<void> map_one(Domain& domain, Gfn gfn, Mfn mfn) {
  P2mEntry there = domain.p2m().lookup(gfn);
  if (there.type == P2mType::mmio_direct && there.mfn == mfn) return {};
  if (there.type != P2mType::none) return Failure{XEN_EPERM};  // memory is not hidden behind a device
  auto debt = domain.p2m().set(gfn, mfn, 0, P2mType::mmio_direct);
  if (debt.failed()) return Failure{debt.error()};
  debt->settle();
  return {};
}

Result<void> unmap_one(Domain& domain, Gfn gfn, Mfn mfn) {
  P2mEntry there = domain.p2m().lookup(gfn);
  if (there.type != P2mType::mmio_direct || there.mfn != mfn) return {};
  auto debt = domain.p2m().clear(gfn, 0);
  if (debt.failed()) return Failure{debt.error()};
  debt->settle();
  return {};
}

Result<void> check_mapping(DomctlCall& call) {
  const auto& request = call.op.u.memory_mapping;
  if (!is_range(request.first_gfn, request.nr_mfns) || !is_range(request.first_mfn, request.nr_mfns))
    return Failure{XEN_EINVAL};
  if (request.nr_mfns > most_mapped) return Failure{XEN_E2BIG};
  u64 first = request.first_mfn, last = first + request.nr_mfns - 1;
  auto may_use = [&](Domain& domain) {
    return domain.is_hardware() ||
           domain.control().permissions().with([&](Permissions& p) { return p.frames.contains(first, last); });
  };
  if (!may_use(call.caller.domain()) || !may_use(*call.domain)) return Failure{XEN_EPERM};
  return {};
}

}  // namespace

HypercallOutcome max_memory(DomctlCall& call) {
  call.domain->pages().set_maximum(call.op.u.max_mem.max_memkb / kib_per_page);
  return i64{0};
}

// Nested paging leaves page tables to the guest: a page is there or it is not. Done in place, the array and the count
// moving on.
HypercallOutcome get_page_frame_info(DomctlCall& call) {
  auto& request = call.op.u.getpageframeinfo3;
  constexpr u64 most_pages = 1024, steps_between_looks = 32;
  if (request.num > most_pages) return Failure{XEN_E2BIG};
  for (u64 steps = 1; request.num > 0; ++steps) {
    GuestHandle<xen_pfn_t> handle{request.array.p};
    xen_pfn_t gfn = TRY(handle.read(call.caller));
    TRY(handle.write(call.caller, kind_of(*call.domain, Gfn{gfn})));
    ++request.array.p;
    --request.num;
    if (steps % steps_between_looks == 0 && request.num > 0 && preemption_due()) return call.again();
  }
  return i64{0};
}

// There are no shadow page tables; the sizes are the paging pool's in MiB. Logging of dirty memory is not offered.
HypercallOutcome shadow_operation(DomctlCall& call) {
  auto& request = call.op.u.shadow_op;
  std::atomic<u64>& pool = call.domain->control().paging_pool;
  if (call.domain == &call.caller.domain()) return Failure{XEN_EINVAL};
  switch (request.op) {
    case XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION:
      request.mb = static_cast<u32>(align_up<u64>(pool.load(std::memory_order_relaxed), u64{1} << 20) >> 20);
      call.copy_back = true;
      return i64{0};
    case XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION:
      pool.store(u64{request.mb} << 20, std::memory_order_relaxed);
      return i64{0};
    case XEN_DOMCTL_SHADOW_OP_OFF: return i64{0};
    default: return Failure{XEN_EOPNOTSUPP};
  }
}

HypercallOutcome get_paging_pool(DomctlCall& call) {
  call.op.u.paging_mempool.size = call.domain->control().paging_pool.load(std::memory_order_relaxed);
  call.copy_back = true;
  return i64{0};
}

HypercallOutcome set_paging_pool(DomctlCall& call) {
  u64 size = call.op.u.paging_mempool.size;
  if (size % page_size != 0 || size >> page_shift > ~u32{0}) return Failure{XEN_EINVAL};
  call.domain->control().paging_pool.store(size, std::memory_order_relaxed);
  return i64{0};
}

HypercallOutcome map_device_memory(DomctlCall& call) {
  TRY(check_mapping(call));
  const auto& request = call.op.u.memory_mapping;
  for (u64 i = 0; i < request.nr_mfns; ++i) {
    Gfn gfn{request.first_gfn + i};
    Mfn mfn{request.first_mfn + i};
    Result<void> done = request.add_mapping ? map_one(*call.domain, gfn, mfn) : unmap_one(*call.domain, gfn, mfn);
    if (done) continue;
    if (!request.add_mapping) return done;
    for (u64 back = 0; back < i; ++back)
      static_cast<void>(unmap_one(*call.domain, Gfn{request.first_gfn + back}, Mfn{request.first_mfn + back}).failed());
    return done;
  }
  return i64{0};
}

// Done in place, as above. What is not memory has nothing in caches.
HypercallOutcome flush_caches(DomctlCall& call) {
  auto& request = call.op.u.cacheflush;
  constexpr u64 most_pages = u64{1} << 18, steps_between_looks = 32;
  if (request.nr_pfns > most_pages || request.start_pfn + request.nr_pfns < request.start_pfn) return Failure{XEN_EINVAL};
  for (u64 steps = 1; request.nr_pfns > 0; ++steps) {
    if (Result<GuestFrame> page = call.domain->frame(Gfn{request.start_pfn}))
      arch::flush_cache(arch::FrameMapping{page->frame.mfn()}.bytes(), page_size);
    ++request.start_pfn;
    --request.nr_pfns;
    if (steps % steps_between_looks == 0 && request.nr_pfns > 0 && preemption_due()) return call.again();
  }
  arch::forget_instructions();
  return i64{0};
}

}  // namespace xenolith::domctl_operations
