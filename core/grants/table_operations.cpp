// SPDX-License-Identifier: MIT
// The operations on a table as a whole: GNTTABOP_setup_table, dump_table, query_size, set_version, get_version,
// get_status_frames, swap_grant_ref.
#include <algorithm>

#include "core/grants/grant_operations.hpp"
#include "core/grants/grant_table.hpp"

namespace xenolith::grant_operations {
namespace {

constexpr u32 most_dumped = 64;

// Writes where the first `count` frames lie in the domain's physical map (all ones: nowhere).
template <class T, class Place>
GrantResult<void> write_frames(Vcpu& caller, GuestHandle<T> list, u32 count, Place&& place) {
  for (u32 i = 0; i < count; ++i) {
    T gfn{place(i).load(std::memory_order_relaxed).raw()};
    if (list.write(caller, gfn, i).failed()) return GrantFailure{GrantStatus::bad_virtual_address};
  }
  return {};
}

// Adds some of the frames that a set-up needs; false: there are more to add.
GrantResult<bool> grow_some(Vcpu& caller, const gnttab_setup_table_t& operation) {
  constexpr u32 frames_per_step = 4;
  Domain* domain = TRY_GRANT(subject(caller, operation.dom));
  GrantTable& table = domain->grants();
  if (operation.nr_frames > table.maximum_frames()) return GrantFailure{GrantStatus::general_error};
  u32 frames = std::min(operation.nr_frames, table.frame_count() + frames_per_step);
  if (frames > table.frame_count() && table.grow(frames).failed()) return GrantFailure{GrantStatus::general_error};
  return table.frame_count() >= operation.nr_frames;
}

GrantResult<void> setup(Vcpu& caller, const gnttab_setup_table_t& operation) {
  Domain* domain = TRY_GRANT(subject(caller, operation.dom));
  return write_frames(caller, GuestHandle<GuestLong>{reinterpret_cast<u64>(operation.frame_list.p)}, operation.nr_frames,
                      [&](u32 i) -> auto& { return domain->grants().shared_gfn(i); });
}

GrantResult<void> status_frames(Vcpu& caller, const gnttab_get_status_frames_t& operation) {
  Domain* domain = TRY_GRANT(subject(caller, operation.dom));
  GrantTable& table = domain->grants();
  if (table.version() != GrantVersion::v2 || operation.nr_frames > table.status_frame_count())
    return GrantFailure{GrantStatus::general_error};
  return write_frames(caller, GuestHandle<u64>{operation.frame_list.p}, operation.nr_frames,
                      [&](u32 i) -> auto& { return table.status_gfn(i); });
}

GrantResult<void> query(Vcpu& caller, gnttab_query_size_t& operation) {
  Domain* domain = TRY_GRANT(subject(caller, operation.dom));
  operation.nr_frames = domain->grants().frame_count();
  operation.max_nr_frames = domain->grants().maximum_frames();
  return {};
}

GrantResult<void> dump(Vcpu& caller, const gnttab_dump_table_t& operation) {
  Domain* domain = TRY_GRANT(subject(caller, operation.dom));
  // The console is not for guests to fill.
  if (!caller.domain().is_control()) return GrantFailure{GrantStatus::permission_denied};
  domain->grants().dump(most_dumped);
  return {};
}

}  // namespace

HypercallOutcome setup_table(Vcpu& caller, const HypercallArguments& arguments) {
  if (arguments[2] != 1) return Failure{XEN_EINVAL};
  GuestHandle<gnttab_setup_table_t> handle{arguments[1]};
  gnttab_setup_table_t operation = TRY(handle.read(caller));
  GrantResult<bool> grown = grow_some(caller, operation);
  for (; grown && !*grown; grown = grow_some(caller, operation))
    if (preemption_due()) return HypercallOutcome::again(arguments);
  operation.status = grown ? status_field(setup(caller, operation)) : status_field(grown);
  return handle.write(caller, operation);
}

HypercallOutcome get_status_frames(Vcpu& caller, const HypercallArguments& arguments) {
  return with_single<gnttab_get_status_frames_t>(
      caller, arguments, [&](auto& operation) { operation.status = status_field(status_frames(caller, operation)); });
}

HypercallOutcome query_size(Vcpu& caller, const HypercallArguments& arguments) {
  return with_single<gnttab_query_size_t>(
      caller, arguments, [&](auto& operation) { operation.status = status_field(query(caller, operation)); });
}

HypercallOutcome dump_table(Vcpu& caller, const HypercallArguments& arguments) {
  return with_single<gnttab_dump_table_t>(
      caller, arguments, [&](auto& operation) { operation.status = status_field(dump(caller, operation)); });
}

HypercallOutcome swap_grant_ref(Vcpu& caller, const HypercallArguments& arguments) {
  GrantTable& table = caller.domain().grants();
  return for_each_element<gnttab_swap_grant_ref_t>(caller, arguments, [&](auto& operation) {
    operation.status = status_field(table.swap(GrantRef{operation.ref_a}, GrantRef{operation.ref_b}));
  });
}

// The version that resulted is written back whether or not it could be changed. This operation and the next take one structure whatever
// the count is.
HypercallOutcome set_version(Vcpu& caller, const HypercallArguments& arguments) {
  GuestHandle<gnttab_set_version_t> handle{arguments[1]};
  GrantTable& table = caller.domain().grants();
  gnttab_set_version_t operation = TRY(handle.read(caller));
  Result<bool> changed = table.set_version_step(operation.version);
  for (; changed && !*changed; changed = table.set_version_step(operation.version))
    if (preemption_due()) return HypercallOutcome::again(arguments);
  operation.version = static_cast<u32>(table.version());
  TRY(handle.write(caller, operation));
  if (!changed) return Failure{changed.error()};
  return i64{0};
}

HypercallOutcome get_version(Vcpu& caller, const HypercallArguments& arguments) {
  GuestHandle<gnttab_get_version_t> handle{arguments[1]};
  gnttab_get_version_t operation = TRY(handle.read(caller));
  Domain* domain = TRY(DomainTable::find(caller, operation.dom));
  if (domain != &caller.domain() && !caller.domain().may_control(*domain)) return Failure{XEN_EPERM};
  return handle.write_field(caller, &gnttab_get_version_t::version, static_cast<u32>(domain->grants().version()));
}

}  // namespace xenolith::grant_operations
