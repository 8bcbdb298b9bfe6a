// SPDX-License-Identifier: MIT
#include <cstring>

#include "core/base/bits.hpp"
#include "core/device_tree/tree.hpp"

extern "C" {
#include <libfdt.h>
}

namespace xenolith {

namespace {

u32 word_at(const u8* at) {
  u32 raw;
  std::memcpy(&raw, at, sizeof(raw));
  return __builtin_bswap32(raw);
}

// Whether the text, up to its zero, is that name.
bool is_text(const u8* text, std::string_view name) {
  for (char c : name)
    if (*text++ != static_cast<u8>(c)) return false;
  return *text == 0;
}

// The property of that name of the node at `node` of the structure block, by the words of the blob (Devicetree Specification, "Flattened
// Devicetree (DTB) Format"). What opened the tree has been over each of them: names end within the blob, and so do values. libfdt looks at all
// that again for each property that it passes, which was two thirds of the instructions of a boot.
std::span<const u8> find_property(std::span<const u8> blob, u32 node, std::string_view name) {
  constexpr u32 align = 4, head = 12;
  const u8* strings = blob.data() + fdt_off_dt_strings(blob.data());
  const u8* block = blob.data() + fdt_off_dt_struct(blob.data());
  const u8* end = blob.data() + blob.size();
  const u8* at = block + node + align;
  at = block + align_up<u64>(static_cast<u64>(at - block) + std::strlen(reinterpret_cast<const char*>(at)) + 1, align);
  for (u32 tag; at + head <= end && ((tag = word_at(at)) == FDT_PROP || tag == FDT_NOP);) {
    if (tag == FDT_NOP) {
      at += align;
      continue;
    }
    u32 length = word_at(at + 4);
    if (is_text(strings + word_at(at + 8), name)) return {at + head, length};
    at += head + align_up<u64>(length, align);
  }
  return {};
}

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
  std::span<const u8> value = find_property(tree_->blob_, tree_->entries_[index_].offset, name);
  return value.data() ? DeviceTreeProperty{value} : DeviceTreeProperty{};
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
