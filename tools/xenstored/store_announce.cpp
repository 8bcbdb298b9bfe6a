// SPDX-License-Identifier: MIT
// Whom a change concerns. An event is sent to a client only if it may read the node, or could before, or may read the one
// above it: else watches would tell what permissions hide.
#include "tools/xenstored/journal.hpp"
#include "tools/xenstored/path.hpp"
#include "tools/xenstored/store.hpp"

namespace xenolith::tools::xenstored {

void Store::tell(const Watch& watch, std::string_view path, const Cause& cause) {
  watch.connection->event(path.substr(std::min(path.size(), watch.shown_from)), watch.token, cause, limits.memory);
}

bool Store::may_know(const Watch& watch, const Effect& effect) const {
  const Caller& caller = watch.connection->caller;
  if (caller.privileged) return true;
  if (effect.old_permissions && caller.can_read(*effect.old_permissions)) return true;
  if (effect.removed && caller.can_read(effect.removed->permissions)) return true;
  if (const Node* node = tree_.find(effect.path); node && caller.can_read(node->permissions)) return true;
  const Node* parent = effect.path == "/" ? nullptr : tree_.find(parent_path(effect.path));
  return parent && caller.can_read(parent->permissions);
}

void Store::announce(const std::vector<Effect>& effects, const Cause& cause) {
  for (const Effect& effect : effects) {
    if (journal) record(effect);
    if (!effect.silent) announce(effect, cause);
  }
}

// A later effect of the same request may have removed the node again.
void Store::record(const Effect& effect) {
  if (effect.removed) return journal(Journal::removed(effect.path));
  if (const Node* node = tree_.find(effect.path)) journal(Journal::node(effect.path, *node));
}

std::optional<DomainId> Store::ring_domain(const Connection& connection) const {
  auto found = domains_.find(connection.caller.domain);
  if (found == domains_.end() || found->second.connection != &connection) return std::nullopt;
  return found->first;
}

void Store::announce(const Effect& effect, const Cause& cause) {
  watches_.for_each_above(effect.path, [&](const Watch& watch) {
    if (may_know(watch, effect)) tell(watch, effect.path, cause);
  });
  if (!effect.removed) return;
  Tree removed;
  removed.set_root(effect.removed);
  watches_.for_each_below(effect.path, [&](const Watch& watch) {
    const Node* node = removed.find(std::string_view(watch.path).substr(effect.path.size()));
    if (node && watch.connection->caller.can_read(node->permissions)) tell(watch, watch.path, cause);
  });
}

void Store::announce_special(std::string_view path, const Cause& cause) {
  watches_.for_each_at(path, [&](const Watch& watch) {
    if (watch.connection->caller.can_read(special_permissions(path))) tell(watch, path, cause);
  });
}

void Store::announce_release(DomainId domain) {
  announce_special(release_domain, nullptr);
  announce_special(release_of(domain), nullptr);
}

}  // namespace xenolith::tools::xenstored
