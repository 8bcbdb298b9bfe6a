// SPDX-License-Identifier: MIT
// GrantAccess: a frame granted for copying, used for as long as this object lives.
#pragma once

#include <utility>

#include "core/grants/grant_table.hpp"

namespace xenolith {

class GrantAccess {
 public:
  // `accessor` uses the grant `ref` of `granter`. A transitive grant is followed once: the grant that it names must be
  // given to `granter`, and both are in use meanwhile. Fails with bad_ref, general_error (not granted so), bad_page,
  // again. The domains must stay (as those do that DomainTable::find gave) for as long as the object lives.
  static GrantResult<GrantAccess> acquire(Domain& granter, GrantRef ref, DomainId accessor, bool write);

  GrantAccess(GrantAccess&& other) noexcept
      : outer_{std::exchange(other.outer_, {})}, inner_{std::exchange(other.inner_, {})}, pin_{other.pin_} {}
  GrantAccess& operator=(GrantAccess&& other) noexcept {
    std::swap(outer_, other.outer_);
    std::swap(inner_, other.inner_);
    std::swap(pin_, other.pin_);
    return *this;
  }
  ~GrantAccess() {
    inner_.end();
    outer_.end();
  }

  Mfn mfn() const { return pin_.mfn; }
  u16 offset() const { return pin_.body.offset; }  // of the granted part in the frame
  u16 length() const { return pin_.body.length; }

 private:
  struct Use {
    GrantTable* table = nullptr;
    GrantRef ref{};
    bool write = false;
    void end() {
      if (table) table->unpin(ref, write);
    }
  };
  GrantAccess(Use outer, GrantPin pin) : outer_{outer}, pin_{pin} {}
  GrantResult<void> follow(Domain& granter, bool write);

  Use outer_, inner_;
  GrantPin pin_;
};

}  // namespace xenolith
