// SPDX-License-Identifier: MIT
// GNTTABOP_map_grant_ref, unmap_grant_ref, unmap_and_replace, transfer.
#include <algorithm>

#include "core/grants/grant_mapping.hpp"
#include "core/grants/grant_operations.hpp"

namespace xenolith::grant_operations {
namespace {

// What a translated domain cannot ask for: mappings for devices (they use the same map as the CPU), by application address
// or by page table entry.
constexpr u32 untranslated_flags = GNTMAP_device_map | GNTMAP_application_map | GNTMAP_contains_pte;

Gfn frame_at(u64 host_address) { return frame_of(GuestPhysical{host_address}); }

GrantResult<void> map_one(Domain& mapper, gnttab_map_grant_ref_t& operation, FlushDebt& debt) {
  if (!(operation.flags & (GNTMAP_device_map | GNTMAP_host_map))) return GrantFailure{GrantStatus::bad_ref};
  if (operation.flags & untranslated_flags) return GrantFailure{GrantStatus::general_error};
  Domain* granter = DomainTable::find(DomainId{operation.dom});
  if (!granter) return GrantFailure{GrantStatus::bad_domain};
  MapRequest request{mapper, *granter, GrantRef{operation.ref}, frame_at(operation.host_addr),
                     !(operation.flags & GNTMAP_readonly)};
  MappedGrant mapped = TRY_GRANT(map_grant(request, debt));
  operation.handle = mapped.handle.raw();
  operation.dev_bus_addr = address_of(mapped.mfn).raw();
  return {};
}

// An address of zero unmaps nothing, by the interface: only the handle is checked.
GrantResult<void> add_to_batch(UnmapBatch& batch, GrantHandle handle, u64 host_address) {
  if (host_address != 0) return batch.add(handle, frame_at(host_address));
  if (!batch.is_live(handle)) return GrantFailure{GrantStatus::bad_handle};
  return {};
}

GrantResult<void> start_unmap(UnmapBatch& batch, const gnttab_unmap_grant_ref_t& operation) {
  return add_to_batch(batch, GrantHandle{operation.handle}, operation.host_addr);
}

// Replacing by another mapping's page table entry is for guests that have page table entries.
GrantResult<void> start_unmap(UnmapBatch& batch, const gnttab_unmap_and_replace_t& operation) {
  GrantHandle handle{operation.handle};
  if (!batch.is_live(handle)) return GrantFailure{GrantStatus::bad_handle};
  if (operation.new_addr != 0) return GrantFailure{GrantStatus::general_error};
  return add_to_batch(batch, handle, operation.host_addr);
}

// One flush for up to `capacity` elements; their statuses are written when the uses have ended.
template <class Operation>
Result<void> unmap_some(Vcpu& caller, GuestHandle<Operation> elements, u32 count) {
  std::array<i16, UnmapBatch::capacity> statuses;
  UnmapBatch batch{caller.domain()};
  u32 done = 0;
  Result<void> result;
  for (; done < count && result; ++done) {
    Result<Operation> operation = elements.read(caller, done);
    if (!operation) {
      result = Failure{operation.error()};
      break;
    }
    statuses[done] = status_field(start_unmap(batch, *operation));
  }
  batch.finish();
  for (u32 i = 0; i < done; ++i) TRY((elements + i).write_field(caller, &Operation::status, statuses[i]));
  return result;
}

template <class Operation>
HypercallOutcome unmap(Vcpu& caller, const HypercallArguments& arguments) {
  GuestHandle<Operation> elements{arguments[1]};
  u32 count = static_cast<u32>(arguments[2]);
  for (u32 done = 0; done < count;) {
    if (done > 0 && preemption_due()) return HypercallOutcome::again(rest_of<Operation>(caller, arguments, done));
    u32 some = std::min<u32>(count - done, UnmapBatch::capacity);
    TRY(unmap_some(caller, elements + done, some));
    done += some;
  }
  return i64{0};
}

}  // namespace

HypercallOutcome map_grant_ref(Vcpu& caller, const HypercallArguments& arguments) {
  FlushDebt debt;
  HypercallOutcome outcome = for_each_element<gnttab_map_grant_ref_t>(caller, arguments, [&](auto& operation) {
    operation.status = status_field(map_one(caller.domain(), operation, debt));
  });
  debt.settle();
  return outcome;
}

HypercallOutcome unmap_grant_ref(Vcpu& caller, const HypercallArguments& arguments) {
  return unmap<gnttab_unmap_grant_ref_t>(caller, arguments);
}

HypercallOutcome unmap_and_replace(Vcpu& caller, const HypercallArguments& arguments) {
  return unmap<gnttab_unmap_and_replace_t>(caller, arguments);
}

// A page cannot be taken out of a translated domain: its physical map is not its own to give from ("only PV guests can use
// this operation").
HypercallOutcome transfer(Vcpu& caller, const HypercallArguments& arguments) {
  return for_each_element<gnttab_transfer_t>(caller, arguments, [](auto& operation) { operation.status = GNTST_bad_page; });
}

}  // namespace xenolith::grant_operations
