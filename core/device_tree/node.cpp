// SPDX-License-Identifier: MIT
#include <cstring>

#include "core/device_tree/tree.hpp"

extern "C" {
#include <libfdt.h>
}

namespace xenolith {

namespace {

std::string_view without_unit_address(std::string_view name) { return name.substr(0, name.find('@')); }

}  // namespace

DeviceTreeNode DeviceTreeNode::relative(u32 index) const {
  return tree_ && index != DeviceTree::none ? DeviceTreeNode{tree_, index} : DeviceTreeNode{};
}

std::string_view DeviceTreeNode::name() const {
  if (!tree_) return {};
  int length = 0;
  const char* name = fdt_get_name(tree_->blob_.data(), static_cast<int>(tree_->entries_[index_].offset), &length);
  return name && length > 0 ? std::string_view{name, static_cast<size_t>(length)} : std::string_view{};
}

std::string_view DeviceTreeNode::base_name() const { return without_unit_address(name()); }

u32 DeviceTreeNode::phandle() const { return tree_ ? tree_->entries_[index_].phandle : 0; }

DeviceTreeNode DeviceTreeNode::parent() const {
  return tree_ && index_ != 0 ? relative(tree_->entries_[index_].parent) : DeviceTreeNode{};
}

DeviceTreeNode DeviceTreeNode::first_child() const {
  return tree_ ? relative(tree_->entries_[index_].first_child) : DeviceTreeNode{};
}

DeviceTreeNode DeviceTreeNode::next_sibling() const {
  return tree_ ? relative(tree_->entries_[index_].next_sibling) : DeviceTreeNode{};
}

DeviceTreeNode DeviceTreeNode::child(std::string_view wanted) const {
  bool has_unit = wanted.find('@') != wanted.npos;
  for (DeviceTreeNode at = first_child(); at; at = at.next_sibling())
    if ((has_unit ? at.name() : at.base_name()) == wanted) return at;
  return {};
}

bool DeviceTreeNode::is_below(DeviceTreeNode ancestor) const {
  for (DeviceTreeNode at = *this; at; at = at.parent())
    if (at == ancestor) return true;
  return false;
}

std::string_view DeviceTreeNode::path(std::span<char> to) const {
  std::array<DeviceTreeNode, DeviceTree::max_depth> up;
  unsigned count = 0;
  for (DeviceTreeNode at = *this; at.parent() && count < up.size(); at = at.parent()) up[count++] = at;
  size_t used = 0;
  auto put = [&](std::string_view text) {
    size_t length = std::min(text.size(), to.size() - used);
    if (length != 0) std::memcpy(to.data() + used, text.data(), length);
    used += length;
  };
  if (count == 0) put("/");
  while (count-- > 0) put("/"), put(up[count].name());
  return {to.data(), used};
}

DeviceTreeProperty DeviceTreeNode::property(std::string_view name) const {
  if (!tree_) return {};
  int length = 0;
  const void* value = fdt_getprop_namelen(tree_->blob_.data(), static_cast<int>(tree_->entries_[index_].offset), name.data(),
                                          static_cast<int>(name.size()), &length);
  if (!value || length < 0) return {};
  return DeviceTreeProperty{{static_cast<const u8*>(value), static_cast<size_t>(length)}};
}

bool DeviceTreeNode::is_available() const {
  DeviceTreeProperty status = property("status");
  return !status.exists() || status.text() == "okay" || status.text() == "ok";
}

bool DeviceTreeNode::is_reachable() const {
  for (DeviceTreeNode at = *this; at; at = at.parent())
    if (!at.is_available()) return false;
  return true;
}

int DeviceTreeNode::first_property() const {
  return tree_ ? fdt_first_property_offset(tree_->blob_.data(), static_cast<int>(tree_->entries_[index_].offset)) : -1;
}

int DeviceTreeNode::next_property(int at) const { return fdt_next_property_offset(tree_->blob_.data(), at); }

DeviceTreeProperty DeviceTreeNode::property_at(int at, std::string_view& name) const {
  const char* text = nullptr;
  int length = 0;
  const void* value = fdt_getprop_by_offset(tree_->blob_.data(), at, &text, &length);
  if (!value || length < 0) return {};
  name = text;
  return DeviceTreeProperty{{static_cast<const u8*>(value), static_cast<size_t>(length)}};
}

}  // namespace xenolith
