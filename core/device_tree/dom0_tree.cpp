// SPDX-License-Identifier: MIT
#include "core/device_tree/dom0_tree.hpp"

#include "core/base/format.hpp"
#include "core/device_tree/dom0_filter.hpp"
#include "core/device_tree/host_parser.hpp"
#include "core/device_tree/tree_editor.hpp"

namespace xenolith {

namespace {

// PSCI 1.1, "Function IDs": SMC32 CPU_OFF; CPU_ON of either width, which version 0.1 has to be told.
constexpr u32 psci_cpu_off = 0x84000002, psci_cpu_on_32 = 0x84000003, psci_cpu_on_64 = 0xc4000003;
constexpr u32 ppi = 1, first_ppi = 16, active_low = 8, all_cpus_of_v2 = 0xf00;

u64 usual_mpidr(u32 vcpu) { return (vcpu / 16) << 8 | vcpu % 16; }

class Maker {
 public:
  Maker(const DeviceTree& host, const HostDescription& description, const Dom0TreeOptions& options, std::span<u8> to)
      : host_{host}, description_{description}, options_{options}, filter_{host, description, options}, editor_{host, to} {}

  Result<size_t> run() {
    remove();
    rewrite();
    add_memory();
    add_cpus();
    add_psci();
    add_hypervisor();
    if (is_bad_) {
      log_error("device tree: an address of dom0 does not fit the root's cells");
      return Failure{XEN_EINVAL};
    }
    return editor_.finish();
  }

 private:
  void remove() {
    editor_.remove_reservations();
    for (u32 i = 1; i < host_.count();) {
      DeviceTreeNode node = host_.node(i);
      bool is_dropped = filter_.drops(node);
      if (is_dropped) editor_.remove(node);
      else remove_properties(node);
      i = is_dropped ? host_.end_of(node) : i + 1;
    }
  }

  void remove_properties(DeviceTreeNode node) {
    node.for_each_property([&](std::string_view name, DeviceTreeProperty property) {
      if (filter_.drops_property(node, name, property)) editor_.remove_property(node, name);
    });
  }

  // The later ones in the blob first: growing one moves what is behind it.
  void rewrite() {
    for (u32 i = host_.count(); i-- > 1;) {
      DeviceTreeNode node = host_.node(i);
      if (node == chosen_) rewrite_chosen(editor_.offset_of(node));
      if (node == description_.gic.node) rewrite_gic(editor_.offset_of(node));
      if (node == description_.timer.node && description_.gic.node) rewrite_timer(editor_.offset_of(node));
    }
    if (!chosen_) rewrite_chosen(editor_.add_node(0, "chosen"));
  }

  void rewrite_chosen(int node) {
    if (options_.initrd.size != 0) {
      CellList start, end;
      start.add_number(options_.initrd.start.raw(), 2);
      end.add_number(options_.initrd.end().raw(), 2);
      editor_.set(node, "linux,initrd-end", end.bytes());
      editor_.set(node, "linux,initrd-start", start.bytes());
    }
    editor_.set_text(node, "bootargs", options_.bootargs);
  }

  // As the host's, without the parts that only a hypervisor uses, which come last.
  void rewrite_gic(int node) {
    DeviceTreeNode gic = description_.gic.node;
    u32 cells = gic.parent().address_cells() + gic.parent().size_cells();
    size_t kept = description_.gic.version == GicVersion::v3 ? 1 + description_.gic.redistributors.size() : 2;
    std::span<const u8> all = gic.property("reg").bytes();
    editor_.set(node, "reg", all.first(std::min<size_t>(all.size(), kept * cells * 4)));
  }

  void rewrite_timer(int node) {
    CellList list;
    const HostTimer& timer = description_.timer;
    for (const auto& interrupt : {timer.secure_physical, timer.physical, timer.virtual_timer})
      if (interrupt) add_interrupt(list, interrupt->id, static_cast<u32>(interrupt->trigger));
    editor_.set(node, "interrupts", list.bytes());
    if (timer.node.has("interrupt-names") && timer.physical && timer.virtual_timer)
      editor_.set_texts(node, "interrupt-names", timer.secure_physical ? std::string_view{"sec-phys\0phys\0virt", 18}
                                                                       : std::string_view{"phys\0virt", 9});
    refer_to_gic(node);
  }

  void add_interrupt(CellList& list, IntId id, u32 trigger) {
    u32 cells = description_.gic.node.property("#interrupt-cells").cell(0).value_or(3);
    list.add(ppi);
    list.add(id.raw() - first_ppi);
    list.add(trigger | (description_.gic.version == GicVersion::v2 ? all_cpus_of_v2 : 0));
    for (u32 i = 3; i < cells; ++i) list.add(0);
  }

  void refer_to_gic(int node) {
    u32 phandle = description_.gic.node.phandle();
    if (phandle != 0) editor_.set_cells(node, "interrupt-parent", {phandle});
  }

  void add_range(CellList& list, DeviceRange range) {
    list.add_number(range.start.raw(), host_.root().address_cells());
    list.add_number(range.size, host_.root().size_cells());
  }

  int add_named(int parent, std::string_view base, u64 address) {
    std::array<char, 64> name{};
    format(std::span{name}.first(name.size() - 1), "{}@{:x}", base, address);
    return editor_.add_node(parent, name.data());
  }

  void add_memory() {
    if (options_.memory.empty()) return;
    CellList list;
    for (const DeviceRange& range : options_.memory) add_range(list, range);
    is_bad_ = is_bad_ || list.is_bad();
    int node = add_named(0, "memory", options_.memory[0].start.raw());
    editor_.set(node, "reg", list.bytes());
    editor_.set_text(node, "device_type", "memory");
  }

  void add_cpus() {
    int cpus = editor_.add_node(0, "cpus");
    editor_.set_cells(cpus, "#size-cells", {0});
    editor_.set_cells(cpus, "#address-cells", {1});
    for (u32 vcpu = options_.vcpus; vcpu-- > 0;) add_cpu(cpus, vcpu);
  }

  // Looks like the host's processor of the same number, and is what refers to that one refers to.
  void add_cpu(int cpus, u32 vcpu) {
    u32 count = static_cast<u32>(description_.cpus.size());
    DeviceTreeNode like = count == 0 ? DeviceTreeNode{} : description_.cpus[vcpu < count ? vcpu : 0].node;
    u64 mpidr = (options_.vcpu_mpidr ? options_.vcpu_mpidr : usual_mpidr)(vcpu);
    int node = add_named(cpus, "cpu", mpidr);
    if (vcpu < count && like.phandle() != 0) editor_.set_cells(node, "phandle", {like.phandle()});
    for (const char* name : {"clock-frequency", "#cooling-cells", "compatible"})
      if (like.has(name)) editor_.set(node, name, like.property(name).bytes());
    editor_.set_text(node, "enable-method", "psci");
    editor_.set_cells(node, "reg", {static_cast<u32>(mpidr)});
    editor_.set_text(node, "device_type", "cpu");
  }

  void add_psci() {
    // Processors of version 8 have names of their own; their timer tells them all.
    bool is_64 = description_.timer.node.is_compatible("arm,armv8-timer");
    int node = editor_.add_node(0, "psci");
    editor_.set_cells(node, "cpu_on", {is_64 ? psci_cpu_on_64 : psci_cpu_on_32});
    editor_.set_cells(node, "cpu_off", {psci_cpu_off});
    editor_.set_text(node, "method", "hvc");
    editor_.set_texts(node, "compatible", {"arm,psci-1.0\0arm,psci-0.2\0arm,psci", 34});
  }

  void add_hypervisor() {
    int node = editor_.add_node(0, "hypervisor");
    CellList interrupt, registers;
    add_range(registers, options_.grant_table);
    for (const DeviceRange& range : options_.extended_regions) add_range(registers, range);
    is_bad_ = is_bad_ || registers.is_bad();
    if (description_.gic.node) {
      add_interrupt(interrupt, options_.event_interrupt, active_low);
      refer_to_gic(node);
      editor_.set(node, "interrupts", interrupt.bytes());
    }
    editor_.set(node, "reg", registers.bytes());
    editor_.set_texts(node, "compatible", {"xen,xen-4.17\0xen,xen", 20});
  }

  const DeviceTree& host_;
  const HostDescription& description_;
  const Dom0TreeOptions& options_;
  Dom0Filter filter_;
  TreeEditor editor_;
  DeviceTreeNode chosen_ = host_.root().child("chosen");
  bool is_bad_ = false;
};

}  // namespace

size_t dom0_tree_bound(const DeviceTree& host, const Dom0TreeOptions& options) {
  constexpr size_t new_nodes = 4096, new_cpu = 384, new_range = 16;
  return host.blob().size() + new_nodes + options.vcpus * new_cpu +
         (options.memory.size() + options.extended_regions.size()) * new_range + options.bootargs.size();
}

Result<size_t> make_dom0_tree(const DeviceTree& host, const HostDescription& description, const Dom0TreeOptions& options,
                              std::span<u8> to) {
  return Maker{host, description, options, to}.run();
}

}  // namespace xenolith
