// SPDX-License-Identifier: MIT
#include "tools/xenstored/editor.hpp"

#include <utility>

#include "tools/base/error.hpp"
#include "tools/xenstored/path.hpp"

namespace xenolith::tools::xenstored {

namespace {

long count_of(const NodeCounts& counts, DomainId domain) {
  auto found = counts.find(domain);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

// A caller learns that a node is missing only if it could have read the one above it.
const Node& Editor::read(std::string_view path) const {
  if (const Node* node = scope_.tree.find(path)) {
    if (!caller_.can_read(node->permissions)) fail(EACCES, "not readable");
    return *node;
  }
  fail(caller_.can_read(scope_.tree.nearest(path).permissions) ? ENOENT : EACCES, "no such node");
}

// nullptr if there is no such node, and it may be made.
const Node* Editor::writable(std::string_view path) const {
  const Node* node = scope_.tree.find(path);
  const Node& decides = node ? *node : scope_.tree.nearest(path);
  if (!caller_.can_write(decides.permissions)) fail(EACCES, "not writable");
  return node;
}

void Editor::check_size(size_t bytes) const {
  if (!caller_.privileged && bytes > scope_.limits.entry_size) fail(ENOSPC, "too large");
}

void Editor::write(const std::string& path, std::string_view value) {
  const Node* node = writable(path);
  check_size(value.size() + (node ? node->children_bytes : 0));
  if (!node) return create(path, value);
  Node& edited = scope_.tree.edit(path);
  edited.value = value;
  edited.changed = next();
  scope_.effects.push_back({path, {}, {}, false});
}

void Editor::mkdir(const std::string& path) {
  if (!writable(path)) create(path, "");
}

// Whether the limits allow the missing nodes on the way to `path`, and the first of them in its parent.
void Editor::check_room(const std::string& path) const {
  if (caller_.privileged) return;
  std::string_view first = path;
  long missing = 1;
  for (; !scope_.tree.find(parent_path(first)); first = parent_path(first)) ++missing;
  const Node& parent = *scope_.tree.find(parent_path(first));
  check_size(parent.value.size() + parent.children_bytes + leaf_name(first).size() + 1);
  long nodes = count_of(scope_.counts, caller_.domain) + count_of(scope_.added, caller_.domain) + missing;
  if (nodes > static_cast<long>(scope_.limits.nodes)) fail(ENOSPC, "too many nodes");
}

// Missing nodes take the permissions of the one above them; what a domain without privilege makes is its own.
void Editor::create(const std::string& path, std::string_view value) {
  check_room(path);
  std::string parent = "/";
  for_each_part(path, [&](std::string_view name) {
    std::string here = (parent == "/" ? "" : parent) + "/" + std::string(name);
    if (!scope_.tree.find(here)) {
      NodePtr child(new Node);
      child->name = name;
      child->permissions = scope_.tree.find(parent)->permissions;
      if (!caller_.privileged) child->permissions.front().domain = caller_.domain;
      child->changed = child->children_changed = next();
      ++scope_.added[child->owner()];
      scope_.tree.add_child(parent, std::move(child), scope_.last_generation);
      if (here != path) scope_.effects.push_back({here, {}, {}, true});
    }
    parent = std::move(here);
    return true;
  });
  scope_.tree.edit(path).value = value;
  scope_.effects.push_back({path, {}, {}, false});
}

void Editor::count_removed(const Node& node) {
  for_each_node(node, "", [&](const std::string&, const Node& removed) { --scope_.added[removed.owner()]; });
}

void Editor::remove(const std::string& path) {
  if (path == "/") fail(EINVAL, "the root cannot be removed");
  if (!writable(path)) {
    if (!scope_.tree.find(parent_path(path))) fail(ENOENT, "no such node");
    return;
  }
  NodePtr removed = scope_.tree.take(path, next());
  count_removed(*removed);
  scope_.effects.push_back({path, {}, std::move(removed), false});
}

void Editor::set_permissions(const std::string& path, const Permissions& permissions) {
  const Node* node = scope_.tree.find(path);
  if (!node) fail(caller_.can_write(scope_.tree.nearest(path).permissions) ? ENOENT : EACCES, "no such node");
  if (!caller_.owns(node->permissions)) fail(EACCES, "not the owner");
  if (permissions.empty()) fail(EINVAL, "no permissions");
  if (!caller_.privileged && permissions.size() > scope_.limits.permissions) fail(ENOSPC, "too many permissions");
  if (!caller_.privileged && permissions.front().domain != node->owner()) fail(EPERM, "only dom0 gives nodes away");
  Node& edited = scope_.tree.edit(path);
  --scope_.added[edited.owner()];
  Permissions old = std::exchange(edited.permissions, permissions);
  ++scope_.added[edited.owner()];
  edited.changed = next();
  scope_.effects.push_back({path, std::move(old), {}, false});
}

}  // namespace xenolith::tools::xenstored
