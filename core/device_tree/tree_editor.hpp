// SPDX-License-Identifier: MIT
// Changes a flattened tree in its buffer, on top of libfdt. The first failure is kept and all later calls do nothing, so that one check at
// the end is enough. Private to core/device_tree.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "core/device_tree/tree.hpp"

namespace xenolith {

class TreeEditor {
 public:
  // A copy of `from` in `to`.
  TreeEditor(const DeviceTree& from, std::span<u8> to);
  // A tree with nothing but a root.
  explicit TreeEditor(std::span<u8> to);

  // Removal leaves all offsets as they are, so that nodes of the original can be named by its index. To be done before everything else.
  void remove(DeviceTreeNode node);
  void remove_property(DeviceTreeNode node, std::string_view name);
  void remove_reservations();

  // Nodes by their offset; 0 is the root. Growth moves what comes later in the blob: of the original's nodes, change the last first.
  int offset_of(DeviceTreeNode node) const;
  // A new child, the first of its parent. Zero-terminated name.
  int add_node(int parent, const char* name);
  void set(int node, const char* name, std::span<const u8> value);
  void set_flag(int node, const char* name) { set(node, name, {}); }
  void set_cells(int node, const char* name, std::initializer_list<u32> cells);
  void set_text(int node, const char* name, std::string_view text);
  // Strings with a zero after each, written as "first\0second".
  void set_texts(int node, const char* name, std::string_view texts) { set_text(node, name, texts); }

  // The size of the result. ENOSPC: it did not fit; EINVAL: libfdt found something else wrong, which the log names.
  Result<size_t> finish();

 private:
  void open(const void* from, std::span<u8> to);
  void note(int status);

  void* blob_;
  int status_ = 0;
};

// Collects cells for a property.
class CellList {
 public:
  static constexpr size_t capacity = 256;
  void add(u32 cell);
  // As a number of `cells` cells. What does not fit makes it bad.
  void add_number(u64 value, u32 cells);
  bool is_bad() const { return is_bad_; }
  std::span<const u8> bytes() const { return {reinterpret_cast<const u8*>(cells_.data()), count_ * sizeof(u32)}; }

 private:
  std::array<u32, capacity> cells_{};  // big-endian
  size_t count_ = 0;
  bool is_bad_ = false;
};

}  // namespace xenolith
