// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace xenolith::tools {

// Tells systemd what the daemon is about ("READY=1", "STOPPING=1"), as sd_notify(3) does: a datagram to the socket that
// $NOTIFY_SOCKET names. Nothing happens without one, or if nobody listens there.
void tell_service_manager(std::string_view state);

}  // namespace xenolith::tools
