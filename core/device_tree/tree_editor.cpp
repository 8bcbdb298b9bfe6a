// SPDX-License-Identifier: MIT
#include "core/device_tree/tree_editor.hpp"

#include <climits>
#include <cstddef>
#include <cstring>

#include "core/base/log.hpp"

extern "C" {
#include <libfdt.h>
}

namespace xenolith {

namespace {

// Devicetree Specification 0.4, section 5 "Flattened Devicetree (DTB) Format": header, end of the reservations, the root, end.
struct EmptyTree {
  u32 header[10], reservations[4], structure[4];
};

constexpr EmptyTree empty_tree() {
  constexpr u32 begin_node = 1, end_node = 2, end = 9, no_name = 0;
  EmptyTree tree{{0xd00dfeed, sizeof(EmptyTree), offsetof(EmptyTree, structure), sizeof(EmptyTree), offsetof(EmptyTree, reservations), 17, 16,
                  0, 0, sizeof tree.structure},
                 {},
                 {begin_node, no_name, end_node, end}};
  for (u32& word : tree.header) word = __builtin_bswap32(word);
  for (u32& word : tree.structure) word = __builtin_bswap32(word);
  return tree;
}

alignas(8) constexpr EmptyTree empty = empty_tree();

}  // namespace

TreeEditor::TreeEditor(const DeviceTree& from, std::span<u8> to) : blob_{to.data()} { open(from.blob().data(), to); }

TreeEditor::TreeEditor(std::span<u8> to) : blob_{to.data()} { open(&empty, to); }

void TreeEditor::open(const void* from, std::span<u8> to) {
  note(fdt_open_into(from, blob_, static_cast<int>(std::min<size_t>(to.size(), INT_MAX))));
}

void TreeEditor::note(int status) {
  if (status_ == 0 && status < 0) status_ = status;
}

int TreeEditor::offset_of(DeviceTreeNode node) const {
  return static_cast<int>(node.offset());
}

void TreeEditor::remove(DeviceTreeNode node) {
  if (status_ == 0) note(fdt_nop_node(blob_, offset_of(node)));
}

void TreeEditor::remove_property(DeviceTreeNode node, std::string_view name) {
  std::array<char, 64> text{};
  if (name.size() >= text.size()) return note(-FDT_ERR_BADVALUE);
  std::memcpy(text.data(), name.data(), name.size());
  if (status_ == 0) note(fdt_nop_property(blob_, offset_of(node), text.data()));
}

void TreeEditor::remove_reservations() {
  while (status_ == 0 && fdt_num_mem_rsv(blob_) > 0) note(fdt_del_mem_rsv(blob_, 0));
}

int TreeEditor::add_node(int parent, const char* name) {
  if (status_ != 0) return 0;
  int node = fdt_add_subnode(blob_, parent, name);
  note(node);
  return node < 0 ? 0 : node;
}

void TreeEditor::set(int node, const char* name, std::span<const u8> value) {
  if (status_ == 0) note(fdt_setprop(blob_, node, name, value.data(), static_cast<int>(value.size())));
}

void TreeEditor::set_cells(int node, const char* name, std::initializer_list<u32> cells) {
  CellList list;
  for (u32 cell : cells) list.add(cell);
  set(node, name, list.bytes());
}

void TreeEditor::set_text(int node, const char* name, std::string_view text) {
  void* to = nullptr;
  if (status_ != 0) return;
  int status = fdt_setprop_placeholder(blob_, node, name, static_cast<int>(text.size() + 1), &to);
  note(status);
  if (status != 0) return;
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  static_cast<char*>(to)[text.size()] = '\0';
}

Result<size_t> TreeEditor::finish() {
  if (status_ == 0) note(fdt_pack(blob_));
  if (status_ == 0) return size_t{fdt_totalsize(blob_)};
  log_error("device tree: cannot write a domain's: {}", std::string_view{fdt_strerror(status_)});
  return Failure{status_ == -FDT_ERR_NOSPACE ? XEN_ENOSPC : XEN_EINVAL};
}

void CellList::add(u32 cell) {
  if (count_ == capacity) is_bad_ = true;
  else cells_[count_++] = __builtin_bswap32(cell);
}

void CellList::add_number(u64 value, u32 cells) {
  if (cells == 0 || (cells == 1 && value >> 32 != 0)) is_bad_ = true;
  for (u32 i = cells; i > 0; --i) add(i > 2 ? 0 : static_cast<u32>(value >> (32 * (i - 1))));
}

}  // namespace xenolith
