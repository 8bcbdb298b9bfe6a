// SPDX-License-Identifier: MIT
// The tree of nodes. Copying a Tree copies one pointer; what copies share is copied when one of them changes it, node by
// node, and changed in place when nobody shares it.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/xenstore/permission.hpp"

namespace xenolith::tools::xenstored {

struct Node;
using NodePtr = boost::intrusive_ptr<Node>;

// A change's number; greater is later, and each is used once in the life of a store.
using Generation = uint64_t;

struct Node : boost::intrusive_ref_counter<Node, boost::thread_unsafe_counter> {
  std::string name;
  std::string value;
  Permissions permissions;
  Generation changed = 0;           // when value or permissions were set
  Generation children_changed = 0;  // when a child was made or removed
  std::vector<NodePtr> children;    // by name
  size_t children_bytes = 0;        // their names, each with '\0'

  DomainId owner() const { return permissions.front().domain; }
  const NodePtr* child(std::string_view name) const;
};

class Tree {
 public:
  // A root that dom0 owns and everybody may not read.
  Tree();

  // The node at an absolute path, or nullptr.
  const Node* find(std::string_view path) const;
  NodePtr share(std::string_view path) const;
  // The last existing node on the way to `path`.
  const Node& nearest(std::string_view path) const;

  // The node at `path`, which must exist, to be changed; valid until the next call.
  Node& edit(std::string_view path);
  // Makes a missing child of the node at `path`.
  Node& add_child(std::string_view path, NodePtr child, Generation generation);
  // Takes the node and all below out; it must exist and not be the root.
  NodePtr take(std::string_view path, Generation generation);

  bool same_as(const Tree& other) const { return root_ == other.root_; }
  const Node& root() const { return *root_; }
  void set_root(NodePtr root) { root_ = std::move(root); }

 private:
  NodePtr root_;
};

// Calls visit(path, node) for `node` at `path` and all below it, parents first.
template <typename F>
void for_each_node(const Node& node, const std::string& path, const F& visit) {
  visit(path, node);
  for (const NodePtr& child : node.children)
    for_each_node(*child, (path == "/" ? path : path + "/") + child->name, visit);
}

}  // namespace xenolith::tools::xenstored
