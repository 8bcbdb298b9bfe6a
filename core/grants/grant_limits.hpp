// SPDX-License-Identifier: MIT
// How many grant and maptrack frames a domain may have.
#pragma once

#include "core/base/result.hpp"
#include "core/base/types.hpp"

struct xen_domctl_createdomain;

namespace xenolith {

struct GrantLimits {
  u32 frames = 64;           // of the shared table, 4 KiB each; at least 1
  u32 maptrack_frames = 1024;  // 256 mappings each; 0: the domain cannot map grants
  u8 version = 2;            // highest version of the table that may be chosen

  static constexpr u32 most_frames = 65536;

  // The limits that apply where a domain's configuration names none (-1), and that it may not exceed: the command line's
  // gnttab=max-ver:<n>, gnttab_max_frames= and gnttab_max_maptrack_frames=. Set at boot, before there are domains.
  static GrantLimits host;

  // A domain's limits. Fails with EINVAL when it asks for more than the host's, for no frame, or for a version that
  // there is not.
  static Result<GrantLimits> of(const xen_domctl_createdomain& configuration);
};

}  // namespace xenolith
