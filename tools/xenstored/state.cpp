// SPDX-License-Identifier: MIT
#include "tools/xenstored/state.hpp"

#include "tools/xenstored/journal.hpp"
#include "tools/xenstored/path.hpp"
#include "tools/xenstored/state_parts.hpp"

namespace xenolith::tools::xenstored {

namespace {
constexpr std::string_view magic = "xenolith xenstored state 1";
constexpr uint64_t no_target = UINT64_MAX;
constexpr unsigned deepest = absolute_path_max / 2 + 1;
}  // namespace

void StateWriter::permissions(const Permissions& permissions) {
  out_.number(permissions.size());
  for (const Permission& permission : permissions) out_.string(permission.text());
}

void StateWriter::node(const Node& node) {
  out_.string(node.name);
  out_.string(node.value);
  permissions(node.permissions);
  out_.number(node.changed);
  out_.number(node.children_changed);
  out_.number(node.children.size());
  for (const NodePtr& child : node.children) this->node(*child);
}

void StateWriter::transaction(uint32_t id, const Transaction& transaction) {
  out_.number(id);
  out_.number(transaction.conflicts_with(store_.tree_));
  out_.number(transaction.seen().size());
  for (const auto& [path, seen] : transaction.seen()) {
    out_.string(path);
    out_.number(seen);
  }
  out_.number(transaction.operations().size());
  for (const Operation& operation : transaction.operations()) {
    out_.number(static_cast<uint64_t>(operation.kind));
    out_.string(operation.path);
    out_.string(operation.value);
    permissions(operation.permissions);
  }
}

void StateWriter::connection(const Connection& connection) {
  out_.number(connection.caller.target ? connection.caller.target->value() : no_target);
  out_.number(connection.caller.read_only);
  out_.string(with_traffic_ ? connection.input.partial() : std::string());
  out_.string(with_traffic_ ? connection.all_pending() : std::string());
  out_.number(connection.watches.size());
  for (const auto& watch : connection.watches) {
    out_.string(watch->path);
    out_.number(watch->shown_from);
    out_.string(watch->token);
  }
  out_.number(connection.last_transaction);
  out_.number(with_traffic_ ? connection.transactions.size() : 0);
  if (!with_traffic_) return;
  for (const auto& [id, open] : connection.transactions) transaction(id, open);
}

std::string StateWriter::whole(const std::map<const Connection*, int>& sockets) {
  out_.string(magic);
  out_.number(store_.last_generation_);
  node(store_.tree_.root());
  permissions(store_.introduce_permissions_);
  permissions(store_.release_permissions_);
  out_.number(store_.domains_.size());
  for (const auto& [id, domain] : store_.domains_) {
    out_.number(id.value());
    out_.number(domain.gfn.value());
    out_.number(domain.port.value());
    out_.number(domain.shutdown);
    connection(*domain.connection);
  }
  out_.number(sockets.size());
  for (const auto& [socket, number] : sockets) {
    out_.number(static_cast<uint64_t>(number));
    connection(*socket);
  }
  return out_.take();
}

Permissions StateReader::permissions() {
  Permissions permissions;
  for (uint64_t left = in_.count(); left > 0; --left) permissions.push_back(Permission::parse(in_.string()));
  return permissions;
}

NodePtr StateReader::node(unsigned depth) {
  if (depth > deepest) fail(EBADMSG, "the saved tree is too deep");
  NodePtr node(new Node);
  node->name = in_.string();
  node->value = in_.string();
  node->permissions = permissions();
  if (node->permissions.empty()) fail(EBADMSG, "a saved node has no permissions");
  node->changed = in_.number();
  node->children_changed = in_.number();
  ++store_.counts_[node->owner()];
  for (uint64_t left = in_.count(); left > 0; --left) {
    NodePtr child = this->node(depth + 1);
    if (!node->children.empty() && node->children.back()->name >= child->name)
      fail(EBADMSG, "saved nodes are out of order");
    node->children_bytes += child->name.size() + 1;
    node->children.push_back(std::move(child));
  }
  return node;
}

// Open transactions go on from today's tree; those that had conflicts will be told at their end.
void StateReader::transaction(Connection& connection) {
  auto id = static_cast<uint32_t>(in_.number());
  Transaction transaction(store_.tree_);
  if (in_.number()) transaction.doom();
  for (uint64_t left = in_.count(); left > 0; --left) {
    std::string path = in_.string();
    uint64_t seen = in_.number();
    for (Seen what : {Seen::node, Seen::children})
      if (seen & static_cast<uint64_t>(what)) transaction.note(path, what, SIZE_MAX);
  }
  for (uint64_t left = in_.count(); left > 0; --left) {
    uint64_t kind = in_.number();
    if (kind > static_cast<uint64_t>(Operation::Kind::set_permissions)) fail(EBADMSG, "the saved state is damaged");
    Operation operation{static_cast<Operation::Kind>(kind), in_.string(), in_.string(), permissions()};
    try {
      Editor editor(connection.caller, transaction.scope(store_.last_generation_, store_.limits, store_.counts_));
      operation.apply(editor);
    } catch (const Error&) {
      transaction.doom();
    }
    transaction.log(std::move(operation));
  }
  connection.transactions.emplace(id, std::move(transaction));
}

void StateReader::connection(Connection& connection) {
  uint64_t target = in_.number();
  if (target != no_target) connection.caller.target = DomainId(static_cast<uint16_t>(target));
  connection.caller.read_only = in_.number();
  connection.input.add(in_.string());
  connection.restore_pending(in_.string());
  for (uint64_t left = in_.count(); left > 0; --left) {
    auto watch = std::make_unique<Watch>();
    watch->connection = &connection;
    watch->path = in_.string();
    watch->shown_from = in_.number();
    watch->token = in_.string();
    store_.watches_.add(*watch);
    connection.watches.push_back(std::move(watch));
  }
  connection.last_transaction = static_cast<uint32_t>(in_.number());
  for (uint64_t left = in_.count(); left > 0; --left) transaction(connection);
}

void StateReader::domain() {
  DomainId id(static_cast<uint16_t>(in_.number()));
  Gfn gfn(in_.number());
  Port port(static_cast<uint32_t>(in_.number()));
  bool shutdown = in_.number();
  Connection& connection = store_.connect(Caller::of(id));
  this->connection(connection);
  store_.domains_[id] = {gfn, port, &connection, shutdown};
}

std::map<int, Connection*> StateReader::whole() {
  if (in_.string() != magic) fail(EBADMSG, "not a state of this xenstored");
  store_.last_generation_ = in_.number();
  store_.counts_.clear();
  store_.tree_.set_root(node(0));
  store_.introduce_permissions_ = permissions();
  store_.release_permissions_ = permissions();
  for (uint64_t left = in_.count(); left > 0; --left) domain();
  std::map<int, Connection*> sockets;
  for (uint64_t left = in_.count(); left > 0; --left) {
    int number = static_cast<int>(in_.number());
    Connection& socket = store_.connect(Caller::of(DomainId(0)));
    connection(socket);
    sockets[number] = &socket;
  }
  if (!in_.at_end()) fail(EBADMSG, "the saved state goes on after its end");
  return sockets;
}

void StateReader::connect_domains() {
  std::vector<DomainId> gone;
  for (auto& [id, domain] : store_.domains_) {
    try {
      store_.host_.connect_domain(id, domain.gfn, domain.port, *domain.connection);
    } catch (const Error&) {
      gone.push_back(id);
    }
  }
  for (DomainId id : gone) store_.release(id);
}

std::string save_state(const Store& store, const std::map<const Connection*, int>& sockets) {
  return StateWriter(store, true).whole(sockets);
}

std::string save_base(const Store& store) { return StateWriter(store, false).whole({}); }

std::map<int, Connection*> load_state(Store& store, std::string_view bytes, std::string_view journal) {
  StateReader reader(store, bytes);
  auto sockets = reader.whole();
  if (!journal.empty()) apply_journal(store, journal);
  reader.connect_domains();
  return sockets;
}

}  // namespace xenolith::tools::xenstored
