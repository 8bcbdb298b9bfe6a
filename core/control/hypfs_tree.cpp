// SPDX-License-Identifier: MIT
#include "core/control/hypfs_tree.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/format.hpp"
#include "core/base/interface.hpp"
#include "core/boot/options.hpp"
#include "core/control/version_op.hpp"
#include "core/run/cpupools.hpp"

namespace xenolith {
namespace {

using Kind = HypfsNode::Kind;
using Entry = HypfsListing::Entry;

constexpr u32 longest_parameter = 256;  // with the final zero

constexpr HypfsNode text(std::string_view value) { return {.kind = Kind::text, .text = value}; }
constexpr HypfsNode number(u32 value) { return {.kind = Kind::number, .number = value}; }

constexpr Entry root_entries[] = {
    {"buildinfo", {.kind = Kind::build}}, {"cpupool", {.kind = Kind::pools}}, {"params", {.kind = Kind::parameters}}};
constexpr Entry build_entries[] = {
    {"changeset", text(build::changeset)},
    {"compileinfo", {.kind = Kind::compile}},
    {"version", {.kind = Kind::version}}};
constexpr Entry compile_entries[] = {{"compile_by", text(build::compile_by)},
                                     {"compile_date", text(build::compile_date)},
                                     {"compile_domain", text(build::compile_domain)},
                                     {"compiler", text(build::compiler)}};
constexpr Entry version_entries[] = {{"extra", text(build::extra_version)},
                                     {"major", number(build::major_version)},
                                     {"minor", number(build::minor_version)}};
constexpr Entry pool_entries[] = {{"sched-gran", text("cpu")}};

}  // namespace

u8 HypfsNode::type() const {
  if (is_directory()) return XEN_HYPFS_TYPE_DIR;
  return kind == Kind::number ? XEN_HYPFS_TYPE_UINT : XEN_HYPFS_TYPE_STRING;
}

u32 HypfsNode::writable_bytes() const { return kind == Kind::parameter ? longest_parameter : 0; }

size_t HypfsNode::content(std::span<char> to) const {
  if (kind == Kind::number) {
    std::memcpy(to.data(), &number, sizeof(number));
    return sizeof(number);
  }
  std::span<char> room = to.first(to.size() - 1);
  size_t used = kind == Kind::parameter ? option->format_value(room) : format(room, "{}", text);
  to[used] = '\0';
  return used + 1;
}

std::optional<Entry> HypfsListing::fixed(std::span<const Entry> entries) {
  if (position_ >= entries.size()) return std::nullopt;
  return entries[position_++];
}

std::optional<Entry> HypfsListing::next_pool() {
  auto pool = CpuPools::at_or_after(position_);
  if (pool.failed()) return std::nullopt;
  position_ = pool->id + 1;
  size_t length = format(name_, "{}", pool->id);
  return Entry{{name_, length}, {.kind = Kind::pool, .number = pool->id}};
}

std::optional<Entry> HypfsListing::next_parameter() {
  auto options = registered_options();
  while (position_ < options.size()) {
    Option* option = options[position_++];
    if (option->is_runtime()) return Entry{option->name(), {.kind = Kind::parameter, .option = option}};
  }
  return std::nullopt;
}

std::optional<Entry> HypfsListing::next() {
  switch (directory_.kind) {
    case Kind::root: return fixed(root_entries);
    case Kind::build: return fixed(build_entries);
    case Kind::compile: return fixed(compile_entries);
    case Kind::version: return fixed(version_entries);
    case Kind::pool: return fixed(pool_entries);
    case Kind::pools: return next_pool();
    case Kind::parameters: return next_parameter();
    default: return std::nullopt;
  }
}

Result<HypfsNode> find_hypfs_node(std::string_view path) {
  if (!path.starts_with('/')) return Failure{XEN_EINVAL};
  path.remove_prefix(1);
  HypfsNode node{.kind = Kind::root};
  while (!path.empty()) {
    size_t end = std::min(path.find('/'), path.size());
    std::string_view name = path.substr(0, end);
    HypfsListing listing{node};
    std::optional<Entry> entry = listing.next();
    while (entry && entry->name != name) entry = listing.next();
    if (!entry) return Failure{XEN_ENOENT};
    node = entry->node;
    if (end == path.size()) break;
    path.remove_prefix(end + 1);
    if (path.empty()) return Failure{XEN_ENOENT};
  }
  return node;
}

}  // namespace xenolith
