// SPDX-License-Identifier: MIT
#include "core/device_tree/tree.hpp"

#include <cstring>

#include "core/base/log.hpp"

extern "C" {
#include <libfdt.h>
}

namespace xenolith {

namespace {

constexpr u32 largest_tree = 2 << 20;  // bytes, Linux's limit too

Failure malformed(std::string_view what, int at) {
  log_error("device tree: {} at byte {} of its structure", what, at);
  return Failure{XEN_EINVAL};
}

bool is_name(std::string_view name) {
  for (char c : name)
    if (c <= ' ' || c > '~' || c == '/') return false;
  return true;
}

// Walks the structure block once, checks it and fills the index.
class Indexer {
 public:
  Indexer(const void* blob, std::span<DeviceTree::Entry> to) : blob_{blob}, to_{to} {}

  // The number of nodes.
  Result<u32> run() {
    for (int at = 0, next = 0; !ended_; at = next) {
      u32 tag = fdt_next_tag(blob_, at, &next);
      // libfdt lets a length near 4 GiB lead back to the start.
      if (next <= at) return malformed("it is cut short or damaged", at);
      TRY(take(tag, at));
    }
    return count_;
  }

 private:
  Result<void> take(u32 tag, int at) {
    switch (tag) {
      case FDT_BEGIN_NODE: return begin(at);
      case FDT_END_NODE: return end(at);
      case FDT_PROP: return property(at);
      case FDT_END: return finish(at);
    }
    return {};
  }

  Result<void> begin(int at) {
    if (depth_ == DeviceTree::max_depth) return malformed("nodes are nested too deeply", at);
    if (depth_ == 0 && count_ != 0) return malformed("there is a second root", at);
    if (count_ == to_.size()) {
      log_error("device tree: more than {} nodes", to_.size());
      return Failure{XEN_ENOSPC};
    }
    const char* name = fdt_get_name(blob_, at, nullptr);
    if (!name || !is_name(name)) return malformed("a node has no proper name", at);
    link(at);
    return {};
  }

  void link(int at) {
    u32 parent = depth_ == 0 ? 0 : stack_[depth_ - 1];
    to_[count_] = {static_cast<u32>(at), parent, DeviceTree::none, DeviceTree::none, 0};
    if (depth_ != 0) {
      u32& from = last_child_[depth_ - 1] == DeviceTree::none ? to_[parent].first_child
                                                             : to_[last_child_[depth_ - 1]].next_sibling;
      from = count_;
      last_child_[depth_ - 1] = count_;
    }
    stack_[depth_] = count_;
    last_child_[depth_] = DeviceTree::none;
    ++depth_, ++count_;
  }

  Result<void> end(int at) {
    if (depth_ == 0) return malformed("a node ends that has not begun", at);
    --depth_;
    return {};
  }

  Result<void> property(int at) {
    if (depth_ == 0 || last_child_[depth_ - 1] != DeviceTree::none) return malformed("a property is outside its node", at);
    const char* name = nullptr;
    int length = 0;
    const void* value = fdt_getprop_by_offset(blob_, at, &name, &length);
    if (!value || length < 0 || !name || !*name || !is_name(name)) return malformed("a property is damaged", at);
    if (length == 4 && (std::string_view{name} == "phandle" || std::string_view{name} == "linux,phandle"))
      to_[stack_[depth_ - 1]].phandle = phandle_of(value);
    return {};
  }

  static u32 phandle_of(const void* value) {
    u32 raw;
    std::memcpy(&raw, value, sizeof(raw));
    u32 phandle = __builtin_bswap32(raw);
    return phandle == ~u32{0} ? 0 : phandle;
  }

  Result<void> finish(int at) {
    if (depth_ != 0 || count_ == 0) return malformed("it ends within a node", at);
    ended_ = true;
    return {};
  }

  const void* blob_;
  std::span<DeviceTree::Entry> to_;
  u32 count_ = 0;
  unsigned depth_ = 0;
  bool ended_ = false;
  std::array<u32, DeviceTree::max_depth> stack_{}, last_child_{};
};

bool has_good_header(std::span<const u8> bytes) {
  return bytes.size() >= DeviceTree::header_size && reinterpret_cast<uintptr_t>(bytes.data()) % 8 == 0 &&
         fdt_check_header(bytes.data()) == 0 && fdt_version(bytes.data()) >= 16;
}

}  // namespace

Result<u32> DeviceTree::size_of(std::span<const u8> header) {
  if (!has_good_header(header) || fdt_totalsize(header.data()) > largest_tree) return Failure{XEN_EINVAL};
  return fdt_totalsize(header.data());
}

Result<DeviceTree> DeviceTree::open(std::span<const u8> bytes, std::span<Entry> storage) {
  Result<u32> size = size_of(bytes);
  if (size.failed()) {
    log_error("device tree: no device tree, or a damaged header");
    return Failure{XEN_EINVAL};
  }
  if (*size > bytes.size()) {
    log_error("device tree: cut short, {} bytes of {}", bytes.size(), *size);
    return Failure{XEN_EINVAL};
  }
  std::span<const u8> blob = bytes.first(*size);
  if (fdt_num_mem_rsv(blob.data()) < 0) return malformed("the reservation block has no end", 0);
  u32 count = TRY((Indexer{blob.data(), storage}.run()));
  return DeviceTree{blob, storage.first(count)};
}

DeviceTreeNode DeviceTree::node(u32 index) const {
  return index < entries_.size() ? DeviceTreeNode{this, index} : DeviceTreeNode{};
}

u32 DeviceTree::end_of(DeviceTreeNode node) const {
  for (DeviceTreeNode at = node; at; at = at.parent())
    if (DeviceTreeNode next = at.next_sibling()) return next.index();
  return count();
}

DeviceTreeNode DeviceTree::root() const { return node(0); }

DeviceTreeNode DeviceTree::by_phandle(u32 phandle) const {
  for (u32 i = 0; phandle != 0 && i < entries_.size(); ++i)
    if (entries_[i].phandle == phandle) return node(i);
  return {};
}

DeviceTreeNode DeviceTree::find(std::string_view path) const {
  DeviceTreeNode at = root();
  if (!path.starts_with('/')) {
    size_t end = std::min(path.find('/'), path.size());
    std::string_view target = root().child("aliases").property(path.substr(0, end)).text();
    if (!target.starts_with('/')) return {};
    at = find(target);
    path = path.substr(end);
  }
  while (at && !path.empty()) {
    path = path.substr(1);
    size_t end = std::min(path.find('/'), path.size());
    if (end != 0) at = at.child(path.substr(0, end));
    path = path.substr(end);
  }
  return at;
}

u32 DeviceTree::reservation_count() const {
  int count = blob_.empty() ? 0 : fdt_num_mem_rsv(blob_.data());
  return count < 0 ? 0 : static_cast<u32>(count);
}

DeviceTree::Reservation DeviceTree::reservation(u32 index) const {
  uint64_t start = 0, length = 0;
  if (index < reservation_count()) fdt_get_mem_rsv(blob_.data(), static_cast<int>(index), &start, &length);
  return {start, length};
}

}  // namespace xenolith
