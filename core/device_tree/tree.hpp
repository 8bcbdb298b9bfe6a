// SPDX-License-Identifier: MIT
// A flattened device tree that somebody else wrote, behind an index of its nodes. Everything is checked when the tree is opened;
// after that no access can leave the blob, and no walk is longer than the tree.
// Source: Devicetree Specification 0.4, section 5 "Flattened Devicetree (DTB) Format".
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/types.hpp"
#include "core/device_tree/property.hpp"

namespace xenolith {

class DeviceTreeNode;

class DeviceTree {
 public:
  // One node of the index. Nodes are in the order of the blob: a node comes before its children.
  struct Entry {
    u32 offset;        // of the node in the blob, as libfdt counts
    u32 parent;        // index; of the root: itself
    u32 next_sibling;  // index; none
    u32 first_child;   // index; none
    u32 phandle;       // zero: none
  };
  static constexpr u32 none = ~u32{0};
  static constexpr unsigned max_depth = 32;
  // Room enough for any tree known: the largest of Debian's kernels have some three thousand nodes.
  static constexpr size_t usual_entries = 8192;
  using Storage = std::array<Entry, usual_entries>;

  DeviceTree() = default;
  // Opens the tree at the start of `bytes`, which must stay and not change; the index is made in `storage`. Errors, each with the
  // cause in the log: EINVAL not a device tree, not 8-byte aligned, cut short, or malformed (also: nested over max_depth); ENOSPC more
  // nodes than storage.
  static Result<DeviceTree> open(std::span<const u8> bytes, std::span<Entry> storage);
  // The size in its header of what claims to be a device tree, so that it can be mapped. EINVAL: no device tree, or over 2 MiB.
  static Result<u32> size_of(std::span<const u8> header);
  static constexpr size_t header_size = 40;

  DeviceTreeNode root() const;
  // By number, in the order of the blob; below count().
  DeviceTreeNode node(u32 index) const;
  u32 count() const { return static_cast<u32>(entries_.size()); }
  // The number behind the node and all below it.
  u32 end_of(DeviceTreeNode node) const;
  // By path: "/soc/serial@9000000", an alias ("serial0"), or an alias followed by a path. A part without unit address finds the
  // first child of that name. No node when there is none.
  DeviceTreeNode find(std::string_view path) const;
  // The first with that phandle; no node for 0.
  DeviceTreeNode by_phandle(u32 phandle) const;

  std::span<const u8> blob() const { return blob_; }
  // Entries of the memory reservation block.
  u32 reservation_count() const;
  struct Reservation {
    u64 start, length;  // machine address, bytes
  };
  Reservation reservation(u32 index) const;

  // Calls `function(DeviceTreeNode)` for every node in order.
  template <class Function>
  void for_each(Function function) const;

 private:
  friend class DeviceTreeNode;
  DeviceTree(std::span<const u8> blob, std::span<const Entry> entries) : blob_{blob}, entries_{entries} {}

  std::span<const u8> blob_;
  std::span<const Entry> entries_;
};

// A node, or no node (false): asking no node gives no properties and no relatives. As long-lived as the DeviceTree object.
class DeviceTreeNode {
 public:
  DeviceTreeNode() = default;
  explicit operator bool() const { return tree_ != nullptr; }
  bool operator==(const DeviceTreeNode&) const = default;

  u32 index() const { return index_; }
  u32 offset() const { return tree_ ? tree_->entries_[index_].offset : 0; }  // in the blob, as libfdt counts
  const DeviceTree* tree() const { return tree_; }
  std::string_view name() const;       // "serial@9000000"; of the root: ""
  std::string_view base_name() const;  // "serial"
  u32 phandle() const;                 // zero: none
  DeviceTreeNode parent() const;       // no node for the root
  DeviceTreeNode first_child() const;
  DeviceTreeNode next_sibling() const;
  DeviceTreeNode child(std::string_view name) const;
  bool is_below(DeviceTreeNode ancestor) const;  // at any depth, or the same
  // The full path, cut at the size of `to`.
  std::string_view path(std::span<char> to) const;

  DeviceTreeProperty property(std::string_view name) const;
  bool has(std::string_view name) const { return property(name).exists(); }
  // Calls `function(std::string_view name, DeviceTreeProperty)` for each property.
  template <class Function>
  void for_each_property(Function function) const;

  bool is_compatible(std::string_view name) const { return property("compatible").has_string(name); }
  bool has_type(std::string_view type) const { return property("device_type").text() == type; }
  // `status` is absent, "okay" or "ok". Says nothing of the parents.
  bool is_available() const;
  // The node and all above it.
  bool is_reachable() const;

  // #address-cells and #size-cells for the children of this node, 2 and 1 where absent; any number.
  u32 address_cells() const { return property("#address-cells").cell(0).value_or(2); }
  u32 size_cells() const { return property("#size-cells").cell(0).value_or(1); }

 private:
  friend class DeviceTree;
  DeviceTreeNode(const DeviceTree* tree, u32 index) : tree_{tree}, index_{index} {}
  DeviceTreeNode relative(u32 index) const;
  // The offset of the first or next property, or a negative number.
  int first_property() const;
  int next_property(int at) const;
  DeviceTreeProperty property_at(int at, std::string_view& name) const;

  const DeviceTree* tree_ = nullptr;
  u32 index_ = 0;
};

template <class Function>
void DeviceTree::for_each(Function function) const {
  for (u32 i = 0; i < count(); ++i) function(node(i));
}

template <class Function>
void DeviceTreeNode::for_each_property(Function function) const {
  for (int at = first_property(); at >= 0; at = next_property(at)) {
    std::string_view name;
    DeviceTreeProperty property = property_at(at, name);
    function(name, property);
  }
}

}  // namespace xenolith
