// SPDX-License-Identifier: MIT
// The specifications of devices in xl.cfg's lists and on xl's command line. All throw Error(EINVAL) that names the wrong part.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tools/config/device_config.hpp"

namespace xenolith::tools {

// "phy:/dev/vg/x,xvda,w", "/images/image.iso,,hdc,cdrom", "format=raw, vdev=xvda, access=rw, target=/dev/vg/x".
DiskConfig parse_disk(std::string_view spec);
// "mac=00:16:3e:01:02:03,bridge=xenbr0,rate=10Mb/s@20ms"; empty: all defaults.
VifConfig parse_vif(std::string_view spec);
// "name=org.example.0,connection=socket,path=/run/example".
ChannelConfig parse_channel(std::string_view spec);

// Whether the text names a virtual disk: xvda, hda1, sdb, d5p2, 51712, 0xca00. (xen-vbd-interface, "Block device naming")
bool is_vdev(std::string_view text);

std::string_view format_name(DiskFormat format);     // "raw"
std::string_view backend_name(DiskBackend backend);  // "phy"

}  // namespace xenolith::tools
