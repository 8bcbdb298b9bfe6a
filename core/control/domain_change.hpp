// SPDX-License-Identifier: MIT
// DomainChange: one control operation at a time changes what a domain is made of, and the domain does not run meanwhile.
#pragma once

#include <optional>
#include <utility>

#include "core/control/domain_control.hpp"
#include "core/domain/domain.hpp"

namespace xenolith {

class DomainChange {
 public:
  // Waits until no vCPU of the domain runs; the caller is not one of them. None: another operation is at it, the hypercall begins
  // again (HypercallOutcome::again). Holds no lock.
  static std::optional<DomainChange> begin(Domain& domain) {
    // Acquire pairs with the release in the destructor: what the last one changed is seen.
    if (domain.control().is_changing.exchange(true, std::memory_order_acquire)) return std::nullopt;
    domain.pause_sync();
    return DomainChange{domain};
  }
  DomainChange(DomainChange&& other) : domain_{std::exchange(other.domain_, nullptr)} {}
  DomainChange& operator=(DomainChange&&) = delete;
  ~DomainChange() {
    if (!domain_) return;
    domain_->unpause();
    domain_->control().is_changing.store(false, std::memory_order_release);
  }

 private:
  explicit DomainChange(Domain& domain) : domain_{&domain} {}
  Domain* domain_;
};

}  // namespace xenolith
