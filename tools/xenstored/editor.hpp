// SPDX-License-Identifier: MIT
// Reading and changing a tree on behalf of a caller: permissions and limits are checked first, then nothing fails.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/xenstored/caller.hpp"
#include "tools/xenstored/limits.hpp"

namespace xenolith::tools::xenstored {

// What a change means for those who watch.
struct Effect {
  std::string path;
  std::optional<Permissions> old_permissions;  // if they were changed
  NodePtr removed;                             // the node that was at `path`, if it was removed
  bool silent = false;                         // a directory made on the way: nobody is told
};

// What an editor works with.
struct EditScope {
  Tree& tree;
  Generation& last_generation;
  const Limits& limits;
  const NodeCounts& counts;     // before
  NodeCounts& added;            // changes to them
  std::vector<Effect>& effects;
};

class Editor {
 public:
  Editor(const Caller& caller, EditScope scope) : caller_(caller), scope_(scope) {}

  // All take absolute paths and throw Error: EACCES, ENOENT; ENOSPC for what is over a limit.
  const Node& read(std::string_view path) const;
  void write(const std::string& path, std::string_view value);
  void mkdir(const std::string& path);
  // EINVAL for the root; nothing happens if only the node itself is missing.
  void remove(const std::string& path);
  // EPERM if a caller without privilege gives the node to somebody else.
  void set_permissions(const std::string& path, const Permissions& permissions);

 private:
  Generation next() { return ++scope_.last_generation; }
  const Node* writable(std::string_view path) const;
  void create(const std::string& path, std::string_view value);
  void check_size(size_t bytes) const;
  void check_room(const std::string& path) const;
  void count_removed(const Node& node);

  const Caller& caller_;
  EditScope scope_;
};

}  // namespace xenolith::tools::xenstored
