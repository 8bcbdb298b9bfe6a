// SPDX-License-Identifier: MIT
#include "tools/xenstored/tree.hpp"

#include <algorithm>

#include "tools/xenstored/path.hpp"

namespace xenolith::tools::xenstored {

namespace {

auto position(const std::vector<NodePtr>& children, std::string_view name) {
  return std::lower_bound(children.begin(), children.end(), name,
                          [](const NodePtr& node, std::string_view key) { return node->name < key; });
}

// The node that `slot` holds, copied first if it is shared.
Node& own(NodePtr& slot) {
  if (slot->use_count() > 1) slot = NodePtr(new Node(*slot));
  return *slot;
}

}  // namespace

const NodePtr* Node::child(std::string_view child_name) const {
  auto found = position(children, child_name);
  return found != children.end() && (*found)->name == child_name ? &*found : nullptr;
}

Tree::Tree() : root_(new Node) { root_->permissions = {{DomainId(0), Access::none}}; }

const Node* Tree::find(std::string_view path) const {
  const Node* node = root_.get();
  for_each_part(path, [&](std::string_view name) {
    const NodePtr* child = node->child(name);
    node = child ? child->get() : nullptr;
    return node != nullptr;
  });
  return node;
}

NodePtr Tree::share(std::string_view path) const {
  // Reference counts are part of the node, not of its contents.
  return NodePtr(const_cast<Node*>(find(path)));
}

const Node& Tree::nearest(std::string_view path) const {
  const Node* node = root_.get();
  for_each_part(path, [&](std::string_view name) {
    const NodePtr* child = node->child(name);
    if (child) node = child->get();
    return child != nullptr;
  });
  return *node;
}

Node& Tree::edit(std::string_view path) {
  Node* node = &own(root_);
  for_each_part(path, [&](std::string_view name) {
    node = &own(const_cast<NodePtr&>(*node->child(name)));
    return true;
  });
  return *node;
}

Node& Tree::add_child(std::string_view path, NodePtr child, Generation generation) {
  Node& parent = edit(path);
  Node& added = *child;
  parent.children_changed = generation;
  parent.children_bytes += child->name.size() + 1;
  auto place = position(parent.children, child->name);
  parent.children.insert(place, std::move(child));
  return added;
}

NodePtr Tree::take(std::string_view path, Generation generation) {
  Node& parent = edit(parent_path(path));
  auto place = position(parent.children, leaf_name(path));
  NodePtr taken = *place;
  parent.children.erase(place);
  parent.children_changed = generation;
  parent.children_bytes -= taken->name.size() + 1;
  return taken;
}

}  // namespace xenolith::tools::xenstored
