// SPDX-License-Identifier: MIT
// GuestPage: a page of a domain's own memory that the hypervisor keeps mapped and referenced.
#pragma once

#include <arch/mapping.hpp>

#include "core/domain/domain.hpp"
#include "core/memory/frame.hpp"

namespace xenolith {

class GuestPage {
 public:
  GuestPage() = default;
  // Fails with EINVAL if `gfn` is not RAM of the domain that it may write, with ENOMEM if it cannot be mapped.
  static Result<GuestPage> map(const Domain& domain, Gfn gfn) {
    GuestPage page;
    page.frame_ = TRY(domain.own_writable_frame(gfn));
    page.mapping_ = TRY(arch::GlobalMapping::create(page.frame_.mfn()));
    return page;
  }

  template <class T>
  T* as(u64 offset = 0) const {
    return mapping_.as<T>(offset);
  }

 private:
  FrameRef frame_;
  arch::GlobalMapping mapping_;  // destroyed first
};

}  // namespace xenolith
