// SPDX-License-Identifier: MIT
#include "tools/builder/partial_tree.hpp"

#include "tools/builder/tree_writer.hpp"

namespace xenolith::tools {
namespace {

// libfdt's own check has been over all of it: from there on offsets and lengths can be relied on.
class PartialTree {
 public:
  PartialTree(std::span<const std::byte> blob, TreeWriter& to) : tree_(blob.data()), to_(to) {
    if (int error = fdt_check_full(tree_, blob.size())) fail(EINVAL, "the partial device tree: {}", fdt_strerror(error));
  }

  // The node at this path below the root with all that it holds. Returns whether there is one.
  bool copy(const char* path) {
    int node = fdt_path_offset(tree_, path);
    if (node < 0) return false;
    int depth = 0, open = 0;
    do {
      for (; open > depth; --open) to_.end();
      to_.begin(fdt_get_name(tree_, node, nullptr));
      ++open;
      copy_properties(node);
      node = fdt_next_node(tree_, node, &depth);
    } while (node >= 0 && depth > 0);
    for (; open > 0; --open) to_.end();
    return true;
  }

 private:
  void copy_properties(int node) {
    for (int at = fdt_first_property_offset(tree_, node); at >= 0; at = fdt_next_property_offset(tree_, at)) {
      const char* name = nullptr;
      int size = 0;
      const void* value = fdt_getprop_by_offset(tree_, at, &name, &size);
      if (value) to_.bytes(name, value, static_cast<size_t>(size));
    }
  }

  const void* tree_;
  TreeWriter& to_;
};

}  // namespace

void copy_partial_tree(std::span<const std::byte> blob, TreeWriter& to) {
  PartialTree partial(blob, to);
  if (!partial.copy("/passthrough")) fail(EINVAL, "the partial device tree has no node /passthrough");
  partial.copy("/aliases");
}

}  // namespace xenolith::tools
