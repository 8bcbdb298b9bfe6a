// SPDX-License-Identifier: MIT
#include "core/grants/grant_access.hpp"

#include "core/domain/domain.hpp"

namespace xenolith {

GrantResult<GrantAccess> GrantAccess::acquire(Domain& granter, GrantRef ref, DomainId accessor, bool write) {
  GrantTable& table = granter.grants();
  GrantPin pin = TRY_GRANT(table.pin(ref, GrantUse{accessor, write, false, true}));
  GrantAccess access{Use{&table, ref, write}, pin};
  if (pin.is_transitive()) TRY_GRANT(access.follow(granter, write));
  return access;
}

GrantResult<void> GrantAccess::follow(Domain& granter, bool write) {
  if (pin_.body.via_domain == granter.id()) return GrantFailure{GrantStatus::general_error};
  Domain* owner = DomainTable::find(pin_.body.via_domain);
  if (!owner || owner->is_dying()) return GrantFailure{GrantStatus::general_error};
  GrantRef ref = pin_.body.via_ref;
  pin_ = TRY_GRANT(owner->grants().pin(ref, GrantUse{granter.id(), write, false, false}));
  inner_ = Use{&owner->grants(), ref, write};
  return {};
}

}  // namespace xenolith
