// SPDX-License-Identifier: MIT
#include "core/device_tree/domain_tree.hpp"

#include "core/base/format.hpp"
#include "core/device_tree/tree_editor.hpp"

namespace xenolith {
namespace {

constexpr u32 gic_phandle = 1;
constexpr u32 spi = 0, first_spi = 32, ppi = 1, first_ppi = 16, active_low = 8, active_high = 4, all_cpus_of_v2 = 0xf00;
// PSCI 1.1, "Function IDs".
constexpr u32 psci_cpu_off = 0x84000002, psci_cpu_on = 0xc4000003;

class Maker {
 public:
  Maker(const DomainTreeOptions& options, std::span<u8> to) : options_{options}, editor_{to} {}

  // A new node is its parent's first, so that these come to lie in the opposite order.
  Result<size_t> run() {
    if (options_.has_hypervisor) add_hypervisor();
    if (options_.uart.size != 0) add_uart();
    add_timer();
    add_gic();
    add_psci();
    for (size_t i = options_.memory.size(); i-- > 0;) add_memory(options_.memory[i]);
    add_cpus();
    add_chosen();
    editor_.set_cells(0, "interrupt-parent", {gic_phandle});
    editor_.set_cells(0, "#size-cells", {2});
    editor_.set_cells(0, "#address-cells", {2});
    editor_.set_texts(0, "compatible", {"xen,xenvm-4.17\0xen,xenvm", 24});
    editor_.set_text(0, "model", "XENVM-4.17");
    return editor_.finish();
  }

 private:
  int add_named(int parent, std::string_view base, u64 address) {
    std::array<char, 64> name{};
    format(std::span{name}.first(name.size() - 1), "{}@{:x}", base, address);
    return editor_.add_node(parent, name.data());
  }

  void set_number(int node, const char* name, u64 number) {
    CellList list;
    list.add_number(number, 2);
    editor_.set(node, name, list.bytes());
  }

  void set_ranges(int node, std::initializer_list<DeviceRange> ranges) {
    CellList list;
    for (const DeviceRange& range : ranges) {
      list.add_number(range.start.raw(), 2);
      list.add_number(range.size, 2);
    }
    editor_.set(node, "reg", list.bytes());
  }

  void add_private(CellList& list, IntId id) const {
    list.add(ppi);
    list.add(id.raw() - first_ppi);
    list.add(active_low | (options_.gic == GicVersion::v2 ? all_cpus_of_v2 : 0));
  }

  void add_chosen() {
    int node = editor_.add_node(0, "chosen");
    if (options_.initrd.size != 0) {
      set_number(node, "linux,initrd-end", options_.initrd.end().raw());
      set_number(node, "linux,initrd-start", options_.initrd.start.raw());
    }
    editor_.set_text(node, "bootargs", options_.bootargs);
  }

  void add_memory(DeviceRange range) {
    int node = add_named(0, "memory", range.start.raw());
    set_ranges(node, {range});
    editor_.set_text(node, "device_type", "memory");
  }

  void add_cpus() {
    int cpus = editor_.add_node(0, "cpus");
    editor_.set_cells(cpus, "#size-cells", {0});
    editor_.set_cells(cpus, "#address-cells", {1});
    for (u32 vcpu = options_.vcpus; vcpu-- > 0;) {
      u32 affinity = static_cast<u32>(options_.vcpu_mpidr ? options_.vcpu_mpidr(vcpu) : vcpu);
      int node = add_named(cpus, "cpu", affinity);
      editor_.set_text(node, "enable-method", "psci");
      editor_.set_cells(node, "reg", {affinity});
      editor_.set_text(node, "compatible", "arm,armv8");
      editor_.set_text(node, "device_type", "cpu");
    }
  }

  void add_psci() {
    int node = editor_.add_node(0, "psci");
    editor_.set_cells(node, "cpu_on", {psci_cpu_on});
    editor_.set_cells(node, "cpu_off", {psci_cpu_off});
    editor_.set_text(node, "method", "hvc");
    editor_.set_texts(node, "compatible", {"arm,psci-1.0\0arm,psci-0.2\0arm,psci", 34});
  }

  void add_gic() {
    int node = add_named(0, "interrupt-controller", options_.distributor.start.raw());
    editor_.set_cells(node, "phandle", {gic_phandle});
    set_ranges(node, {options_.distributor, options_.gic_cpus});
    editor_.set_flag(node, "interrupt-controller");
    editor_.set_cells(node, "#address-cells", {0});
    editor_.set_cells(node, "#interrupt-cells", {3});
    editor_.set_text(node, "compatible", options_.gic == GicVersion::v3 ? "arm,gic-v3" : "arm,cortex-a15-gic");
  }

  void add_timer() {
    int node = editor_.add_node(0, "timer");
    CellList list;
    for (IntId id : {options_.secure_timer, options_.physical_timer, options_.virtual_timer}) add_private(list, id);
    if (options_.timer_hz != 0) editor_.set_cells(node, "clock-frequency", {options_.timer_hz});
    editor_.set(node, "interrupts", list.bytes());
    editor_.set_texts(node, "compatible", {"arm,armv8-timer\0arm,armv7-timer", 31});
  }

  // Linux looks for exactly this name, without the address that others have.
  void add_hypervisor() {
    int node = editor_.add_node(0, "hypervisor");
    CellList list;
    add_private(list, options_.event_interrupt);
    editor_.set(node, "interrupts", list.bytes());
    set_ranges(node, {options_.grant_table});
    editor_.set_texts(node, "compatible", {"xen,xen-4.17\0xen,xen", 20});
  }

  void add_uart() {
    int node = add_named(0, "sbsa-uart", options_.uart.start.raw());
    editor_.set_cells(node, "current-speed", {115200});
    editor_.set_cells(node, "interrupts", {spi, options_.uart_interrupt.raw() - first_spi, active_high});
    set_ranges(node, {options_.uart});
    editor_.set_text(node, "compatible", "arm,sbsa-uart");
  }

  const DomainTreeOptions& options_;
  TreeEditor editor_;
};

}  // namespace

size_t domain_tree_bound(const DomainTreeOptions& options) {
  constexpr size_t nodes = 4096, cpu = 256, range = 128;
  return nodes + options.vcpus * cpu + options.memory.size() * range + options.bootargs.size();
}

Result<size_t> make_domain_tree(const DomainTreeOptions& options, std::span<u8> to) { return Maker{options, to}.run(); }

}  // namespace xenolith
