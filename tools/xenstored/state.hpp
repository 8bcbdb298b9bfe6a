// SPDX-License-Identifier: MIT
// What outlives the daemon: the tree, domains with their connections, and connections over sockets that are handed on.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tools/xenstored/store.hpp"

namespace xenolith::tools::xenstored {

// sockets: connections whose descriptors the next daemon gets, by the number it finds them under.
std::string save_state(const Store& store, const std::map<const Connection*, int>& sockets);
// As a base for a journal: without what clients are sending and owed, and without transactions.
std::string save_base(const Store& store);

// Fills a new store; its host is asked to connect each domain, and those that fail are released afterwards. Returns the
// connections over sockets by number. Throws Error(EBADMSG) if the bytes are not a whole state; the store is useless then.
// journal: records since (journal.hpp), if the daemon that saved it was killed.
std::map<int, Connection*> load_state(Store& store, std::string_view bytes, std::string_view journal = {});

}  // namespace xenolith::tools::xenstored
