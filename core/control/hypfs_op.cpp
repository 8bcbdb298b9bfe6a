// SPDX-License-Identifier: MIT
#include "core/control/hypfs_op.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/bits.hpp"
#include "core/base/interface.hpp"
#include "core/boot/options.hpp"
#include "core/control/hypfs_tree.hpp"

namespace xenolith {
namespace {

constexpr i64 interface_version = 1;
constexpr u64 longest_path = 1024;
constexpr u64 list_entry_size = offsetof(xen_hypfs_dirlistentry, name);

u64 list_entry_bytes(std::string_view name) {
  return align_up<u64>(list_entry_size + name.size() + 1, alignof(xen_hypfs_direntry));
}

u32 listing_bytes(const HypfsNode& directory) {
  u64 sum = 0;
  HypfsListing listing{directory};
  while (auto entry = listing.next()) sum += list_entry_bytes(entry->name);
  return static_cast<u32>(sum);
}

xen_hypfs_direntry describe(const HypfsNode& node) {
  std::array<char, longest_hypfs_content> content;
  xen_hypfs_direntry entry{};
  entry.type = node.type();
  entry.encoding = XEN_HYPFS_ENC_PLAIN;
  entry.content_len = node.is_directory() ? listing_bytes(node) : static_cast<u32>(node.content(content));
  entry.max_write_len = node.writable_bytes();
  return entry;
}

// At most `room` bytes: a pool may have come since the sizes were added up.
Result<void> write_listing(Vcpu& caller, const HypfsNode& directory, GuestHandle<char> to, u64 room) {
  HypfsListing listing{directory};
  auto entry = listing.next();
  u64 at = 0;
  while (entry) {
    u64 size = list_entry_bytes(entry->name);
    if (size > room - at) return {};
    std::array<char, 128> bytes{};
    if (size > bytes.size()) return Failure{XEN_EINVAL};
    std::copy(entry->name.begin(), entry->name.end(), bytes.begin() + list_entry_size);
    xen_hypfs_direntry description = describe(entry->node);
    entry = listing.next();
    bool more = entry && at + size + list_entry_bytes(entry->name) <= room;
    u16 next = more ? static_cast<u16>(size) : 0;
    std::memcpy(bytes.data() + offsetof(xen_hypfs_dirlistentry, e), &description, sizeof(description));
    std::memcpy(bytes.data() + offsetof(xen_hypfs_dirlistentry, off_next), &next, sizeof(next));
    TRY(to.write_array(caller, std::span<const char>{bytes}.first(size), at));
    at += size;
  }
  return {};
}

HypercallOutcome read(Vcpu& caller, const HypfsNode& node, GuestHandle<char> buffer, u64 size) {
  if (size < sizeof(xen_hypfs_direntry)) return Failure{XEN_EINVAL};
  xen_hypfs_direntry entry = describe(node);
  TRY(GuestHandle<xen_hypfs_direntry>{buffer.address()}.write(caller, entry));
  u64 room = size - sizeof(entry);
  if (entry.content_len > room) return Failure{XEN_ENOBUFS};
  GuestHandle<char> to = buffer + sizeof(entry);
  if (node.is_directory()) return write_listing(caller, node, to, entry.content_len);
  std::array<char, longest_hypfs_content> content;
  node.content(content);
  return to.write_array(caller, std::span<const char>{content}.first(entry.content_len));
}

// A parameter's text ends with the only zero in it.
HypercallOutcome write(Vcpu& caller, const HypfsNode& node, GuestHandle<char> buffer, u64 size) {
  if (node.writable_bytes() == 0) return Failure{XEN_EACCES};
  std::array<char, longest_hypfs_content> text;
  if (size > node.writable_bytes()) return Failure{XEN_ENOSPC};
  if (size == 0) return Failure{XEN_EINVAL};
  TRY(buffer.read_array(caller, std::span{text}.first(size)));
  std::string_view value{text.data(), size};
  if (value.find('\0') != size - 1) return Failure{XEN_EINVAL};
  return set_runtime_option(node.option->name(), value.substr(0, size - 1));
}

HypercallOutcome on_path(Vcpu& caller, const HypercallArguments& arguments) {
  std::array<char, longest_path> storage;
  u64 length = arguments[2];
  if (length == 0 || length > longest_path) return Failure{XEN_EINVAL};
  TRY(GuestHandle<char>{arguments[1]}.read_array(caller, std::span{storage}.first(length)));
  std::string_view path{storage.data(), length};
  if (path.find('\0') != length - 1) return Failure{XEN_EINVAL};
  HypfsNode node = TRY(find_hypfs_node(path.substr(0, length - 1)));
  bool reads = static_cast<u32>(arguments[0]) == XEN_HYPFS_OP_read;
  return (reads ? read : write)(caller, node, GuestHandle<char>{arguments[3]}, arguments[4]);
}

HypercallOutcome get_version(Vcpu&, const HypercallArguments& arguments) {
  if (arguments[1] | arguments[2] | arguments[3] | arguments[4]) return Failure{XEN_EINVAL};
  return interface_version;
}

constexpr HypercallRow rows[] = {
    {XEN_HYPFS_OP_get_version, "get_version", Caller::control, get_version},
    {XEN_HYPFS_OP_read, "read", Caller::control, on_path},
    {XEN_HYPFS_OP_write_contents, "write_contents", Caller::control, on_path},
};

}  // namespace

HypercallOutcome hypfs_op(Vcpu& caller, const HypercallArguments& arguments) {
  return dispatch(rows, static_cast<u32>(arguments[0]), caller, arguments);
}

}  // namespace xenolith
