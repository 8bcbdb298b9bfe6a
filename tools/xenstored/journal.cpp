// SPDX-License-Identifier: MIT
#include "tools/xenstored/journal.hpp"

#include <algorithm>

#include "tools/xenstored/bytes.hpp"
#include "tools/xenstored/journal_reader.hpp"
#include "tools/xenstored/path.hpp"

namespace xenolith::tools::xenstored {

namespace {

enum class Kind : uint64_t { node, removed, special, introduced, released, watch, unwatch, reset };

// A record with its length in front.
std::string framed(Kind kind, const std::function<void(ByteWriter&)>& fields) {
  ByteWriter record;
  record.number(static_cast<uint64_t>(kind));
  fields(record);
  ByteWriter frame;
  frame.string(record.take());
  return frame.take();
}

void put(ByteWriter& out, const Permissions& permissions) {
  out.number(permissions.size());
  for (const Permission& permission : permissions) out.string(permission.text());
}

Permissions take_permissions(ByteReader& in) {
  Permissions permissions;
  for (uint64_t left = in.count(); left > 0; --left) permissions.push_back(Permission::parse(in.string()));
  if (permissions.empty()) fail(EBADMSG, "a node without permissions in the journal");
  return permissions;
}

DomainId take_domain(ByteReader& in) { return DomainId(static_cast<uint16_t>(in.number())); }

std::string watch_record(Kind kind, DomainId id, const Watch& watch) {
  return framed(kind, [&](ByteWriter& out) {
    out.number(id.value());
    out.string(watch.path);
    out.number(watch.shown_from);
    out.string(watch.token);
  });
}

}  // namespace

std::string Journal::node(const std::string& path, const Node& node) {
  return framed(Kind::node, [&](ByteWriter& out) {
    out.string(path);
    out.string(node.value);
    put(out, node.permissions);
  });
}

std::string Journal::removed(const std::string& path) {
  return framed(Kind::removed, [&](ByteWriter& out) { out.string(path); });
}

std::string Journal::special(const std::string& path, const Permissions& permissions) {
  return framed(Kind::special, [&](ByteWriter& out) {
    out.string(path);
    put(out, permissions);
  });
}

std::string Journal::introduced(DomainId id, Gfn gfn, Port port) {
  return framed(Kind::introduced, [&](ByteWriter& out) {
    out.number(id.value());
    out.number(gfn.value());
    out.number(port.value());
  });
}

std::string Journal::released(DomainId id) {
  return framed(Kind::released, [&](ByteWriter& out) { out.number(id.value()); });
}

std::string Journal::watch(DomainId id, const Watch& watch) { return watch_record(Kind::watch, id, watch); }
std::string Journal::unwatch(DomainId id, const Watch& watch) { return watch_record(Kind::unwatch, id, watch); }

std::string Journal::reset(DomainId id) {
  return framed(Kind::reset, [&](ByteWriter& out) { out.number(id.value()); });
}

void JournalReader::set_node(const std::string& path, std::string value, Permissions permissions) {
  Generation generation = ++store_.last_generation_;
  if (!store_.tree_.find(path)) {
    if (!store_.tree_.find(parent_path(path))) fail(EBADMSG, "a node without its directory in the journal");
    NodePtr child(new Node);
    child->name = leaf_name(path);
    child->permissions = permissions;
    child->children_changed = generation;
    store_.tree_.add_child(parent_path(path), std::move(child), generation);
    ++store_.counts_[permissions.front().domain];
  }
  Node& node = store_.tree_.edit(path);
  if (--store_.counts_[node.owner()] == 0) store_.counts_.erase(node.owner());
  node.value = std::move(value);
  node.permissions = std::move(permissions);
  node.changed = generation;
  ++store_.counts_[node.owner()];
}

void JournalReader::remove_node(const std::string& path) {
  if (path == "/" || !store_.tree_.find(path)) return;
  NodePtr removed = store_.tree_.take(path, ++store_.last_generation_);
  for_each_node(*removed, path, [&](const std::string&, const Node& node) {
    if (--store_.counts_[node.owner()] == 0) store_.counts_.erase(node.owner());
  });
}

Connection* JournalReader::connection(DomainId id) {
  auto found = store_.domains_.find(id);
  return found == store_.domains_.end() ? nullptr : found->second.connection;
}

void JournalReader::introduce(DomainId id, Gfn gfn, Port port) {
  Connection* known = connection(id);
  if (known) store_.reset(*known);
  store_.domains_[id] = {gfn, port, known ? known : &store_.connect(Caller::of(id)), false};
}

void JournalReader::release(DomainId id) {
  Connection* known = connection(id);
  if (!known) return;
  store_.disconnect(*known);
  store_.domains_.erase(id);
  store_.forget_permissions_of(id);
}

void JournalReader::change_watch(bool add) {
  Connection* known = connection(take_domain(in_));
  std::string path = in_.string();
  size_t shown_from = in_.number();
  std::string token = in_.string();
  if (!known) return;
  auto found = std::find_if(known->watches.begin(), known->watches.end(),
                            [&](const auto& watch) { return watch->path == path && watch->token == token; });
  bool exists = found != known->watches.end();
  if (exists && !add) {
    store_.watches_.remove(**found);
    known->watches.erase(found);
  } else if (!exists && add) {
    known->watches.push_back(std::make_unique<Watch>(Watch{known, path, shown_from, token}));
    store_.watches_.add(*known->watches.back());
  }
}

void JournalReader::apply() {
  auto kind = static_cast<Kind>(in_.number());
  if (kind == Kind::watch || kind == Kind::unwatch) return change_watch(kind == Kind::watch);
  if (kind == Kind::released) return release(take_domain(in_));
  if (kind == Kind::reset) {
    if (Connection* known = connection(take_domain(in_))) store_.drop_watches_and_transactions(*known);
    return;
  }
  if (kind == Kind::introduced) {
    DomainId id = take_domain(in_);
    Gfn gfn(in_.number());
    return introduce(id, gfn, Port(static_cast<uint32_t>(in_.number())));
  }
  std::string path = in_.string();
  if (kind == Kind::removed) return remove_node(path);
  if (kind == Kind::special) {
    (path == introduce_domain ? store_.introduce_permissions_ : store_.release_permissions_) = take_permissions(in_);
    return;
  }
  if (kind != Kind::node) fail(EBADMSG, "an unknown record in the journal");
  std::string value = in_.string();
  set_node(path, std::move(value), take_permissions(in_));
}

// Their numbers go on from where no client's old ones can be.
void JournalReader::finish() {
  store_.transactions_lost_ = true;
  for (auto& connection : store_.connections_) {
    connection->last_transaction |= 0x40000000;
    for (const auto& watch : connection->watches) store_.tell(*watch, watch->path, nullptr);
  }
}

void apply_journal(Store& store, std::string_view records) {
  ByteReader frames(records);
  try {
    while (!frames.at_end()) JournalReader(store, frames.string()).apply();
  } catch (const Error&) {
    // The daemon died while it wrote the last record.
  }
  JournalReader(store, {}).finish();
}

}  // namespace xenolith::tools::xenstored
