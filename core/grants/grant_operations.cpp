// SPDX-License-Identifier: MIT
#include "core/grants/grant_operations.hpp"

#include <array>

namespace xenolith {
namespace {

namespace op = grant_operations;

constexpr HypercallRow rows[] = {
    {GNTTABOP_map_grant_ref, "map_grant_ref", Caller::any, op::map_grant_ref},
    {GNTTABOP_unmap_grant_ref, "unmap_grant_ref", Caller::any, op::unmap_grant_ref},
    {GNTTABOP_setup_table, "setup_table", Caller::any, op::setup_table},
    {GNTTABOP_dump_table, "dump_table", Caller::any, op::dump_table},
    {GNTTABOP_transfer, "transfer", Caller::any, op::transfer},
    {GNTTABOP_copy, "copy", Caller::any, op::copy},
    {GNTTABOP_query_size, "query_size", Caller::any, op::query_size},
    {GNTTABOP_unmap_and_replace, "unmap_and_replace", Caller::any, op::unmap_and_replace},
    {GNTTABOP_set_version, "set_version", Caller::any, op::set_version},
    {GNTTABOP_get_status_frames, "get_status_frames", Caller::any, op::get_status_frames},
    {GNTTABOP_get_version, "get_version", Caller::any, op::get_version},
    {GNTTABOP_swap_grant_ref, "swap_grant_ref", Caller::any, op::swap_grant_ref},
    {GNTTABOP_cache_flush, "cache_flush", Caller::any, op::cache_flush},
};

}  // namespace

const std::span<const HypercallRow> grant_table_rows{rows};

HypercallOutcome grant_table_op(Vcpu& caller, const HypercallArguments& arguments) {
  constexpr u32 number_mask = (1u << op::progress_shift) - 1;
  u32 command = static_cast<u32>(arguments[0]), count = static_cast<u32>(arguments[2]);
  u32 number = command & number_mask;
  if (count > INT_MAX) return Failure{XEN_EINVAL};
  if (number != command && number != GNTTABOP_cache_flush) return Failure{XEN_EINVAL};
  return dispatch(grant_table_rows, number, caller, HypercallArguments{{command, arguments[1], count}});
}

namespace grant_operations {

GrantResult<Domain*> subject(Vcpu& caller, domid_t id) {
  Result<Domain*> domain = DomainTable::find(caller, id);
  if (!domain) return GrantFailure{GrantStatus::bad_domain};
  if (*domain != &caller.domain() && !caller.domain().may_control(**domain))
    return GrantFailure{GrantStatus::permission_denied};
  return *domain;
}

}  // namespace grant_operations
}  // namespace xenolith
