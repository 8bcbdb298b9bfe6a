// SPDX-License-Identifier: MIT
// Which of the host's nodes and properties the hardware domain does not see. Private to core/device_tree.
#pragma once

#include "core/device_tree/boards.hpp"
#include "core/device_tree/dom0_tree.hpp"

namespace xenolith {

class Dom0Filter {
 public:
  Dom0Filter(const DeviceTree& host, const HostDescription& description, const Dom0TreeOptions& options)
      : host_{host}, description_{description}, options_{options}, board_{board_facts(host)} {}

  // Whether the node goes, with all below it; asked of a parent first.
  bool drops(DeviceTreeNode node) const;
  // Whether this or one above it goes.
  bool drops_any_above(DeviceTreeNode node) const;
  bool drops_property(DeviceTreeNode node, std::string_view name, DeviceTreeProperty property) const;

 private:
  bool drops_for_what_it_is(DeviceTreeNode node) const;
  bool drops_gic_child(DeviceTreeNode node) const;
  bool is_gone(u32 phandle) const;
  bool refers_to_gone(std::string_view name, DeviceTreeProperty property) const;
  bool names_gone_path(DeviceTreeProperty property) const;
  // The vCPU that stands for the host's processor of that phandle keeps it.
  bool stays_as_cpu(DeviceTreeNode node) const;

  const DeviceTree& host_;
  const HostDescription& description_;
  const Dom0TreeOptions& options_;
  const BoardFacts& board_;
};

}  // namespace xenolith
