// SPDX-License-Identifier: MIT
#include "core/device_tree/dom0_filter.hpp"
#include "core/device_tree/host_parser.hpp"

namespace xenolith {

namespace {

// Of a PCI host bridge's `ranges`: Linux binding "pci", IEEE Std 1275 PCI Bus Binding, "Address Formats".
constexpr u32 pci_address_cells = 3, pci_size_cells = 2;

class Lister {
 public:
  Lister(const DeviceTree& host, const HostDescription& description, const Dom0Filter& filter, Dom0Resources& taker)
      : host_{host}, description_{description}, filter_{filter}, taker_{taker} {}

  Result<void> run() {
    for (u32 i = 1; i < host_.count();) {
      DeviceTreeNode node = host_.node(i);
      bool is_skipped = !node.is_available() || filter_.drops(node);
      if (!is_skipped && !is_written_anew(node)) TRY(list(node));
      i = is_skipped ? host_.end_of(node) : i + 1;
    }
    return {};
  }

 private:
  bool is_written_anew(DeviceTreeNode node) const {
    return node == description_.gic.node || node == description_.timer.node;
  }

  Result<void> list(DeviceTreeNode node) {
    TRY(registers(node));
    if (node.has_type("pci") || node.has_type("pciex")) TRY(pci_windows(node));
    TRY(interrupts(node));
    return mapped_interrupts(node);
  }

  Result<void> registers(DeviceTreeNode node) {
    Result<u32> count = register_count(node);
    if (count.failed()) return skip(node, "unreadable reg");
    for (u32 i = 0; i < *count; ++i) {
      Result<DeviceRange> range = registers_of(node, i);
      // Not an address of the machine: of a disk on a bus, an endpoint...
      if (range.failed() && range.error() == XEN_EOPNOTSUPP) return {};
      if (range.failed()) TRY(skip(node, "unreadable registers"));
      else if (range->size != 0) TRY(taker_.memory(node, *range));
    }
    return {};
  }

  Result<void> pci_windows(DeviceTreeNode node) {
    DeviceTreeProperty ranges = node.property("ranges");
    u32 above = node.parent().address_cells(), step = pci_address_cells + above + pci_size_cells;
    // A bridge behind the host bridge, whose windows lie within that one's.
    if (above == pci_address_cells) return {};
    if (above > 2 || ranges.bytes().size() % (step * 4) != 0) return skip(node, "unreadable ranges");
    for (u32 at = 0; at < ranges.cell_count(); at += step) {
      u64 address = TRY(ranges.number(at + pci_address_cells, above));
      u64 size = TRY(ranges.number(at + pci_address_cells + above, pci_size_cells));
      Result<DeviceRange> window = translate(node.parent(), address, size);
      if (window.failed()) TRY(skip(node, "a window leads nowhere"));
      else TRY(taker_.memory(node, *window));
    }
    return {};
  }

  Result<void> interrupts(DeviceTreeNode node) {
    Result<u32> count = interrupt_count(node);
    if (count.failed()) return skip(node, "unreadable interrupts");
    for (u32 i = 0; i < *count; ++i) TRY(take(node, interrupt_of(node, i)));
    return {};
  }

  Result<void> mapped_interrupts(DeviceTreeNode node) {
    for (InterruptMapWalk walk{node};;) {
      Result<InterruptSpecifier> specifier = walk.next();
      if (specifier.failed() && specifier.error() == XEN_ENOENT) return {};
      if (specifier.failed()) return skip(node, "unreadable interrupt-map");
      TRY(take(node, specifier));
    }
  }

  Result<void> take(DeviceTreeNode node, const Result<InterruptSpecifier>& specifier) {
    if (specifier.failed()) return specifier.error() == XEN_ENOENT ? Result<void>{} : skip(node, "an interrupt leads nowhere");
    if (specifier->controller != description_.gic.node) return {};
    Result<GicInterrupt> interrupt = gic_interrupt(*specifier);
    if (interrupt.failed()) return skip(node, "not an interrupt of the GIC");
    return interrupt->is_spi() ? taker_.interrupt(node, *interrupt) : Result<void>{};
  }

  Result<void> skip(DeviceTreeNode node, std::string_view what) {
    std::array<char, 128> path;
    log_debug("device tree: {}: {}; dom0 does without", node.path(path), what);
    return {};
  }

  const DeviceTree& host_;
  const HostDescription& description_;
  const Dom0Filter& filter_;
  Dom0Resources& taker_;
};

}  // namespace

Result<void> list_dom0_resources(const DeviceTree& host, const HostDescription& description, const Dom0TreeOptions& options,
                                 Dom0Resources& taker) {
  Dom0Filter filter{host, description, options};
  return Lister{host, description, filter, taker}.run();
}

}  // namespace xenolith
