// SPDX-License-Identifier: MIT
// A transaction: a copy of the tree (one pointer), what was seen of it, and what was done to it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/xenstored/editor.hpp"

namespace xenolith::tools::xenstored {

// A change that a client asks for.
struct Operation {
  enum class Kind : uint8_t { write, mkdir, remove, set_permissions };
  Kind kind;
  std::string path;
  std::string value;        // of write
  Permissions permissions;  // of set_permissions

  void apply(Editor& editor) const;
  size_t bytes() const { return sizeof *this + path.size() + value.size() + permissions.size() * sizeof(Permission); }
};

// What a client depends on when it has looked at a node.
enum class Seen : uint8_t { node = 1, children = 2 };

// The store's side of a transaction.
struct CommitScope {
  Tree& live;
  Generation& last_generation;
  const Limits& limits;
  NodeCounts& counts;
};

class Transaction {
 public:
  explicit Transaction(const Tree& live) : base_(live), tree_(live) {}

  // Editing operations of `caller` in this transaction; log() each that succeeded. The tree and lists are this object's.
  EditScope scope(Generation& last_generation, const Limits& limits, const NodeCounts& counts);
  const Tree& tree() const { return tree_; }
  // Notes that the client depends on `path`. Throws Error(ENOSPC) for one more than `limit` nodes.
  void note(const std::string& path, Seen seen, size_t limit);
  void log(Operation operation);

  // Puts the changes into the live tree if nothing that was seen has changed there. Returns what watchers must be told.
  // Throws Error: EAGAIN after a conflict; ENOSPC if the caller would own too many nodes. Then nothing has changed.
  std::vector<Effect> commit(const Caller& caller, CommitScope scope);

  // For the state that outlives the daemon: the operations, and whether a commit would conflict already.
  const std::vector<Operation>& operations() const { return operations_; }
  bool conflicts_with(const Tree& live) const;
  // Makes a later commit fail with EAGAIN.
  void doom() { doomed_ = true; }
  const std::map<std::string, uint8_t>& seen() const { return seen_; }
  size_t bytes() const { return bytes_; }

 private:
  void check_counts(const Caller& caller, const CommitScope& scope, const NodeCounts& added) const;
  std::vector<Effect> replay(const Caller& caller, CommitScope& scope) const;

  Tree base_, tree_;
  std::map<std::string, uint8_t> seen_;  // Seen values, by path
  std::vector<Operation> operations_;
  NodeCounts added_;
  std::vector<Effect> effects_;
  size_t bytes_ = 0;
  bool doomed_ = false;
};

}  // namespace xenolith::tools::xenstored
