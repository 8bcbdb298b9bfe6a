// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/xenstored/connection.hpp"

namespace xenolith::tools::xenstored {

// All watches by path: finding those that a change concerns costs by the depth of the changed path.
class WatchTable {
 public:
  void add(Watch& watch) { watches_[watch.path].push_back(&watch); }
  void remove(Watch& watch);

  // Calls tell(watch) for watches on `path` alone.
  template <typename F>
  void for_each_at(std::string_view path, F&& tell) const;
  // Calls tell(watch) for watches on `path` and on the directories above it.
  template <typename F>
  void for_each_above(std::string_view path, F&& tell) const;
  // Calls tell(watch) for watches on paths below `path`.
  template <typename F>
  void for_each_below(const std::string& path, F&& tell) const;

 private:
  std::map<std::string, std::vector<Watch*>, std::less<>> watches_;
};

template <typename F>
void WatchTable::for_each_at(std::string_view path, F&& tell) const {
  if (auto found = watches_.find(path); found != watches_.end())
    for (Watch* watch : found->second) tell(*watch);
}

template <typename F>
void WatchTable::for_each_above(std::string_view path, F&& tell) const {
  while (true) {
    for_each_at(path, tell);
    size_t end = path.rfind('/');
    if (end == path.npos || path == "/") return;
    path = path.substr(0, end == 0 ? 1 : end);
  }
}

template <typename F>
void WatchTable::for_each_below(const std::string& path, F&& tell) const {
  std::string prefix = path == "/" ? path : path + "/";
  for (auto at = watches_.upper_bound(prefix); at != watches_.end() && at->first.starts_with(prefix); ++at)
    for (Watch* watch : at->second) tell(*watch);
}

}  // namespace xenolith::tools::xenstored
