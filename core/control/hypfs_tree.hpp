// SPDX-License-Identifier: MIT
// The hypervisor file system's tree:
//   /buildinfo/changeset  /buildinfo/compileinfo/{compile_by,compile_date,compile_domain,compiler}
//   /buildinfo/version/{extra,major,minor}  /cpupool/ID/sched-gran  /params/NAME
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/base/result.hpp"

namespace xenolith {

class Option;

struct HypfsNode {
  enum class Kind : u8 {
    root, build, compile, version, pools, pool, parameters,  // directories
    text, number, parameter,
  };
  Kind kind = Kind::root;
  std::string_view text = {};
  u32 number = 0;  // of a pool; the value
  Option* option = nullptr;

  bool is_directory() const { return kind <= Kind::parameters; }
  u8 type() const;          // XEN_HYPFS_TYPE_*
  u32 writable_bytes() const;  // 0: read-only
  // Writes the content, final zero included, and returns its length. Not for directories.
  size_t content(std::span<char> to) const;
};

// Long enough for the content of all nodes.
inline constexpr size_t longest_hypfs_content = 512;

// A directory's entries in order, one at a time.
class HypfsListing {
 public:
  struct Entry {
    std::string_view name;  // until the next call
    HypfsNode node;
  };
  explicit HypfsListing(const HypfsNode& directory) : directory_{directory} {}
  std::optional<Entry> next();

 private:
  std::optional<Entry> fixed(std::span<const Entry> entries);
  std::optional<Entry> next_pool();
  std::optional<Entry> next_parameter();

  HypfsNode directory_;
  u32 position_ = 0;
  char name_[16];
};

// The node of an absolute path. Fails with ENOENT, EINVAL (it does not begin at the root).
Result<HypfsNode> find_hypfs_node(std::string_view path);

}  // namespace xenolith
