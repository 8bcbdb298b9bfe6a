// SPDX-License-Identifier: MIT
#include "tools/xenstored/store.hpp"

#include <algorithm>

#include "tools/base/error.hpp"
#include "tools/xenstored/journal.hpp"
#include "tools/xenstored/path.hpp"
#include "tools/xenstored/requests.hpp"

namespace xenolith::tools::xenstored {

namespace {
constexpr DomainId dom0{0};
const Permissions dom0_only = {{dom0, Access::none}};
}  // namespace

Store::Store(StoreHost& host) : host_(host), introduce_permissions_(dom0_only), release_permissions_(dom0_only) {
  Caller self = Caller::of(dom0);
  std::vector<Effect> nobody_watches;
  counts_[dom0] = 1;  // the root
  NodeCounts added;
  Editor editor(self, {tree_, last_generation_, limits, counts_, added, nobody_watches});
  // Says that "@releaseDomain/7" can be watched: other xenstoreds take such watches and never tell anything.
  editor.write("/tool/xenstored/release-of-one", "1");
  counts_[dom0] += added[dom0];
}

Store::~Store() = default;

std::shared_ptr<size_t> Store::outstanding_of(DomainId domain) {
  std::erase_if(outstanding_, [](const auto& entry) { return entry.second.expired(); });
  auto& known = outstanding_[domain];
  auto count = known.lock();
  if (!count) known = count = std::make_shared<size_t>(0);
  return count;
}

Connection& Store::connect(const Caller& caller) {
  connections_.push_back(std::make_unique<Connection>(caller, outstanding_of(caller.domain)));
  return *connections_.back();
}

void Store::drop_watches_and_transactions(Connection& connection) {
  for (const auto& watch : connection.watches) watches_.remove(*watch);
  connection.watches.clear();
  connection.transactions.clear();
}

void Store::disconnect(Connection& connection) {
  drop_watches_and_transactions(connection);
  std::erase_if(connections_, [&](const auto& known) { return known.get() == &connection; });
}

void Store::reset(Connection& connection) {
  drop_watches_and_transactions(connection);
  connection.forget_traffic();
  if (auto id = ring_domain(connection); id && journal) journal(Journal::reset(*id));
}

void Store::handle(Connection& connection, const Message& message) { Requests(*this, connection, message).serve(); }

void Store::introduce(DomainId id, Gfn gfn, Port port) {
  auto found = domains_.find(id);
  if (found != domains_.end()) {
    // The same domain with a new event channel, after a resume: its connection begins anew.
    host_.disconnect_domain(id);
    reset(*found->second.connection);
  } else {
    found = domains_.emplace(id, IntroducedDomain{gfn, port, &connect(Caller::of(id))}).first;
  }
  found->second.gfn = gfn;
  found->second.port = port;
  found->second.shutdown = false;
  try {
    host_.connect_domain(id, gfn, port, *found->second.connection);
  } catch (...) {
    disconnect(*found->second.connection);
    domains_.erase(found);
    throw;
  }
  if (journal) journal(Journal::introduced(id, gfn, port));
  announce_special(introduce_domain, nullptr);
}

void Store::end_connection(IntroducedDomain& domain, DomainId id) {
  host_.disconnect_domain(id);
  disconnect(*domain.connection);
}

void Store::release(DomainId id) {
  auto found = domains_.find(id);
  if (found == domains_.end()) return;
  end_connection(found->second, id);
  domains_.erase(found);
  for (auto& connection : connections_)
    if (connection->caller.target == id) connection->caller.target.reset();
  if (!keep_orphans) remove_nodes_of(id);
  forget_permissions_of(id);
  if (journal) journal(Journal::released(id));
  announce_release(id);
}

void Store::domain_state(DomainId id, bool exists_and_lives, bool shutdown) {
  auto found = domains_.find(id);
  if (found == domains_.end()) return;
  if (!exists_and_lives) return release(id);
  if (shutdown && !found->second.shutdown) {
    found->second.shutdown = true;
    announce_release(id);
  }
}

// Nodes below one that is removed go with it, whoever owns them.
void Store::remove_nodes_of(DomainId id) {
  if (!counts_.count(id)) return;
  std::vector<std::string> paths;
  auto collect = [&](auto& self, const Node& node, const std::string& path) -> void {
    if (node.owner() == id && path != "/") return paths.push_back(path);
    for (const NodePtr& child : node.children) self(self, *child, (path == "/" ? path : path + "/") + child->name);
  };
  collect(collect, tree_.root(), "/");
  Caller self = Caller::of(dom0);
  std::vector<Effect> effects;
  NodeCounts added;
  Editor editor(self, {tree_, last_generation_, limits, counts_, added, effects});
  for (const std::string& path : paths) editor.remove(path);
  for (const auto& [owner, count] : added)
    if ((counts_[owner] += count) == 0) counts_.erase(owner);
  announce(effects, nullptr);
}

// A later domain with the same id must not inherit them.
void Store::forget_permissions_of(DomainId id) {
  auto names_it = [&](const Permission& permission) { return permission.domain == id; };
  std::vector<std::string> paths;
  for_each_node(tree_.root(), "/", [&](const std::string& path, const Node& node) {
    if (std::any_of(node.permissions.begin() + 1, node.permissions.end(), names_it)) paths.push_back(path);
  });
  for (const std::string& path : paths) {
    Permissions& permissions = tree_.edit(path).permissions;
    permissions.erase(std::remove_if(permissions.begin() + 1, permissions.end(), names_it), permissions.end());
  }
  for (Permissions* special : {&introduce_permissions_, &release_permissions_})
    if (!special->empty()) special->erase(std::remove_if(special->begin() + 1, special->end(), names_it), special->end());
}

const Permissions& Store::special_permissions(std::string_view path) const {
  return path == introduce_domain ? introduce_permissions_ : release_permissions_;
}

void Store::excuse_older_than(Connection::Clock::time_point time) {
  for (auto& connection : connections_) connection->excuse_older_than(time);
}

}  // namespace xenolith::tools::xenstored
