// SPDX-License-Identifier: MIT
#include "tools/xenstored/watch_table.hpp"

namespace xenolith::tools::xenstored {

void WatchTable::remove(Watch& watch) {
  auto found = watches_.find(watch.path);
  if (found == watches_.end()) return;
  std::erase(found->second, &watch);
  if (found->second.empty()) watches_.erase(found);
}

}  // namespace xenolith::tools::xenstored
