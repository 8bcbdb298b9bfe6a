// SPDX-License-Identifier: MIT
#include <charconv>

#include "tools/base/error.hpp"
#include "tools/xenstored/journal.hpp"
#include "tools/xenstored/path.hpp"
#include "tools/xenstored/requests.hpp"

namespace xenolith::tools::xenstored {

namespace {

const std::string ok = join_strings({"OK"});

void refuse_special(std::string_view path) {
  if (is_special(path)) fail(EINVAL, "not a node");
}

}  // namespace

// The node in the request's view of the tree, if the client may read it.
const Node& Requests::look(const std::string& path, Seen seen) {
  refuse_special(path);
  Transaction* transaction = this->transaction();
  if (transaction) {
    size_t limit = connection_.caller.privileged ? SIZE_MAX : store_.limits.transaction_nodes;
    transaction->note(path, Seen::node, limit);
    transaction->note(path, seen, limit);
  }
  Tree& tree = transaction ? const_cast<Tree&>(transaction->tree()) : store_.tree_;
  NodeCounts unused;
  std::vector<Effect> none;
  return Editor(connection_.caller,
                {tree, store_.last_generation_, store_.limits, store_.counts_, unused, none}).read(path);
}

// Performs a change, in the transaction or on the live tree.
std::string Requests::change(Operation operation) {
  refuse_special(operation.path);
  const Caller& caller = connection_.caller;
  if (Transaction* transaction = this->transaction()) {
    transaction->note(operation.path, Seen::node, caller.privileged ? SIZE_MAX : store_.limits.transaction_nodes);
    if (!caller.privileged && transaction->bytes() + operation.bytes() > store_.limits.memory)
      fail(ENOSPC, "too large a transaction");
    Editor editor(caller, transaction->scope(store_.last_generation_, store_.limits, store_.counts_));
    operation.apply(editor);
    transaction->log(std::move(operation));
    return ok;
  }
  NodeCounts added;
  Editor editor(caller, {store_.tree_, store_.last_generation_, store_.limits, store_.counts_, added, effects_});
  operation.apply(editor);
  for (const auto& [owner, count] : added)
    if ((store_.counts_[owner] += count) == 0) store_.counts_.erase(owner);
  return ok;
}

std::string Requests::names_of(const Node& node) {
  std::string names;
  names.reserve(node.children_bytes);
  for (const NodePtr& child : node.children) (names += child->name) += '\0';
  return names;
}

std::string Requests::directory() {
  const Node& node = look(path(strings(1)[0]), Seen::children);
  if (node.children_bytes > message_body_max) fail(E2BIG, "too many children");
  return names_of(node);
}

// The directory's generation, then whole names from the offset on; an empty string after the last.
std::string Requests::directory_part() {
  auto words = strings(2);
  size_t offset = 0;
  auto [end, error] = std::from_chars(words[1].data(), words[1].data() + words[1].size(), offset);
  if (error != std::errc() || end != words[1].data() + words[1].size()) fail(EINVAL, "not an offset");
  const Node& node = look(path(words[0]), Seen::children);
  std::string part = join_strings({std::to_string(node.children_changed)});
  std::string names = names_of(node);
  if (offset > names.size()) fail(EINVAL, "no such offset");
  std::string_view rest = std::string_view(names).substr(offset);
  size_t room = message_body_max - part.size();
  if (rest.size() < room) return part.append(rest).append(1, '\0');
  return part.append(rest.substr(0, rest.rfind('\0', room - 1) + 1));
}

std::string Requests::read() { return look(path(strings(1)[0]), Seen::node).value; }

std::string Requests::get_perms() {
  std::string path = this->path(strings(1)[0]);
  const Permissions& permissions =
      is_special(path) ? store_.special_permissions(path) : look(path, Seen::node).permissions;
  std::string body;
  for (const Permission& permission : permissions) (body += permission.text()) += '\0';
  return body;
}

std::string Requests::write() {
  size_t end = message_.body.find('\0');
  if (end == std::string::npos) fail(EINVAL, "no path");
  return change({Operation::Kind::write, path(std::string_view(message_.body).substr(0, end)),
                 message_.body.substr(end + 1), {}});
}

std::string Requests::mkdir() { return change({Operation::Kind::mkdir, path(strings(1)[0]), {}, {}}); }

std::string Requests::rm() { return change({Operation::Kind::remove, path(strings(1)[0]), {}, {}}); }

std::string Requests::set_perms() {
  auto words = strings(2);
  std::string path = this->path(words[0]);
  Permissions permissions;
  for (size_t i = 1; i < words.size(); ++i) permissions.push_back(Permission::parse(words[i]));
  if (is_special(path)) return set_special_permissions(path, std::move(permissions));
  return change({Operation::Kind::set_permissions, path, {}, std::move(permissions)});
}

std::string Requests::set_special_permissions(const std::string& path, Permissions permissions) {
  if (!connection_.caller.privileged) fail(EACCES, "dom0 only");
  if (path != introduce_domain && path != release_domain) fail(EINVAL, "it has no permissions of its own");
  if (store_.journal) store_.journal(Journal::special(path, permissions));
  (path == introduce_domain ? store_.introduce_permissions_ : store_.release_permissions_) = std::move(permissions);
  return ok;
}

}  // namespace xenolith::tools::xenstored
