// SPDX-License-Identifier: MIT
#include "tools/xenstored/transaction.hpp"

#include <algorithm>

#include "tools/base/error.hpp"

namespace xenolith::tools::xenstored {

namespace {

[[noreturn]] void conflict() { fail(EAGAIN, "others changed what the transaction saw"); }

void add_counts(NodeCounts& counts, const NodeCounts& added) {
  for (const auto& [domain, count] : added)
    if ((counts[domain] += count) == 0) counts.erase(domain);
}

bool same(const Node* before, const Node* now, uint8_t seen) {
  if (before == now) return true;
  if (!before || !now) return false;
  bool node = !(seen & static_cast<uint8_t>(Seen::node)) || before->changed == now->changed;
  bool children = !(seen & static_cast<uint8_t>(Seen::children)) || before->children_changed == now->children_changed;
  return node && children;
}

}  // namespace

void Operation::apply(Editor& editor) const {
  switch (kind) {
    case Kind::write: return editor.write(path, value);
    case Kind::mkdir: return editor.mkdir(path);
    case Kind::remove: return editor.remove(path);
    case Kind::set_permissions: return editor.set_permissions(path, permissions);
  }
}

EditScope Transaction::scope(Generation& last_generation, const Limits& limits, const NodeCounts& counts) {
  return {tree_, last_generation, limits, counts, added_, effects_};
}

void Transaction::note(const std::string& path, Seen seen, size_t limit) {
  auto found = seen_.find(path);
  if (found == seen_.end()) {
    if (seen_.size() >= limit) fail(ENOSPC, "too many nodes in a transaction");
    found = seen_.emplace(path, 0).first;
    bytes_ += sizeof *found + path.size();
  }
  found->second |= static_cast<uint8_t>(seen);
}

void Transaction::log(Operation operation) {
  bytes_ += operation.bytes();
  operations_.push_back(std::move(operation));
}

bool Transaction::conflicts_with(const Tree& live) const {
  if (doomed_) return true;
  if (live.same_as(base_)) return false;
  return std::any_of(seen_.begin(), seen_.end(), [&](const auto& entry) {
    return !same(base_.find(entry.first), live.find(entry.first), entry.second);
  });
}

void Transaction::check_counts(const Caller& caller, const CommitScope& scope, const NodeCounts& added) const {
  auto more = added.find(caller.domain);
  if (caller.privileged || more == added.end() || more->second <= 0) return;
  auto owned = scope.counts.find(caller.domain);
  long total = more->second + (owned == scope.counts.end() ? 0 : owned->second);
  if (total > static_cast<long>(scope.limits.nodes)) fail(ENOSPC, "too many nodes");
}

// Somebody changed other nodes meanwhile: do the same operations on today's tree.
std::vector<Effect> Transaction::replay(const Caller& caller, CommitScope& scope) const {
  Tree changed = scope.live;
  NodeCounts added;
  std::vector<Effect> effects;
  Editor editor(caller, {changed, scope.last_generation, scope.limits, scope.counts, added, effects});
  try {
    for (const Operation& operation : operations_) operation.apply(editor);
  } catch (const Error& error) {
    if (error.code() == ENOSPC) throw;
    conflict();
  }
  scope.live = changed;
  add_counts(scope.counts, added);
  return effects;
}

std::vector<Effect> Transaction::commit(const Caller& caller, CommitScope scope) {
  if (conflicts_with(scope.live)) conflict();
  if (operations_.empty()) return {};
  if (!scope.live.same_as(base_)) return replay(caller, scope);
  check_counts(caller, scope, added_);
  scope.live = tree_;
  add_counts(scope.counts, added_);
  return std::move(effects_);
}

}  // namespace xenolith::tools::xenstored
