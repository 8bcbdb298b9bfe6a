// SPDX-License-Identifier: MIT
#include "core/grants/grant_limits.hpp"

#include "core/base/interface.hpp"

namespace xenolith {

constinit GrantLimits GrantLimits::host{};

Result<GrantLimits> GrantLimits::of(const xen_domctl_createdomain& configuration) {
  GrantLimits limits = host;
  if (configuration.max_grant_frames >= 0) limits.frames = static_cast<u32>(configuration.max_grant_frames);
  if (configuration.max_maptrack_frames >= 0)
    limits.maptrack_frames = static_cast<u32>(configuration.max_maptrack_frames);
  // No version at all is what a configuration made inside the hypervisor says: the host's.
  if (u32 version = XEN_DOMCTL_GRANT_version(configuration.grant_opts)) limits.version = static_cast<u8>(version);
  bool fits = limits.frames > 0 && limits.frames <= host.frames && limits.maptrack_frames <= host.maptrack_frames &&
              limits.version <= host.version && limits.frames <= most_frames && limits.maptrack_frames <= most_frames;
  if (!fits) return Failure{XEN_EINVAL};
  return limits;
}

}  // namespace xenolith
