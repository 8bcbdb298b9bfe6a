// SPDX-License-Identifier: MIT
// Output that waited for clients when the daemon ended, in a file for its successor.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tools/console/console_id.hpp"

namespace xenolith::tools::console {

struct SavedConsoles {
  std::map<ConsoleId, std::string> backlogs;
  uint32_t hypervisor_position = 0;  // how far the hypervisor's log has been written
};

std::string encode(const SavedConsoles& saved);
// Throws Error(EBADMSG) for bytes that encode() did not make.
SavedConsoles decode(std::string_view bytes);

}  // namespace xenolith::tools::console
