// SPDX-License-Identifier: MIT
// Changes since a saved state, so that a daemon that was killed loses none. Each record says what is so now, hence reading
// one twice does no harm. Transactions that were open, and messages under way, are not in it.
#pragma once

#include <string>
#include <string_view>

#include "tools/xenstored/store.hpp"

namespace xenolith::tools::xenstored {

class Journal {
 public:
  // Records, as the store makes them.
  static std::string node(const std::string& path, const Node& node);
  static std::string removed(const std::string& path);
  static std::string special(const std::string& path, const Permissions& permissions);
  static std::string introduced(DomainId id, Gfn gfn, Port port);
  static std::string released(DomainId id);
  static std::string watch(DomainId id, const Watch& watch);
  static std::string unwatch(DomainId id, const Watch& watch);
  static std::string reset(DomainId id);
};

// Brings a store that load_state() filled up to date. A record that was cut off ends it. Then watches are told once, as events
// may have been lost. Domains have not been connected yet: connect_domains() of state.hpp follows.
void apply_journal(Store& store, std::string_view records);

}  // namespace xenolith::tools::xenstored
