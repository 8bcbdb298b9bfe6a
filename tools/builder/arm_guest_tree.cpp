// SPDX-License-Identifier: MIT
#include "tools/builder/arm_guest_tree.hpp"

#include <fmt/format.h>

#include "tools/base/error.hpp"
#include "tools/builder/partial_tree.hpp"
#include "tools/builder/tree_writer.hpp"

namespace xenolith::tools {
namespace {

constexpr uint32_t gic_phandle = 65000;  // any number that is not used otherwise
// Linux binding "arm,gic-v3": private interrupts, level-triggered, active low; in version 2 with a mask of CPUs.
constexpr uint32_t shared_interrupt = 0, first_shared = 32, active_high = 4;
constexpr uint32_t private_interrupt = 1, first_private = 16, active_low = 8, all_cpus_of_v2 = 0xf00;
// PSCI 1.1, "Function IDs".
constexpr uint32_t cpu_off = 0x84000002, cpu_on = 0xc4000003;

class GuestTreeMaker {
 public:
  explicit GuestTreeMaker(const ArmGuestTree& guest) : guest_(guest) {}

  std::vector<std::byte> run() {
    tree_.begin("");
    root();
    chosen();
    memory();
    cpus();
    psci();
    gic();
    timer();
    hypervisor();
    if (guest_.serial_line.size != 0) serial_line();
    if (!guest_.partial_tree.empty()) copy_partial_tree(guest_.partial_tree, tree_);
    tree_.end();
    return tree_.finish();
  }

 private:
  void root() {
    tree_.text("model", "XENVM-4.17");
    tree_.texts("compatible", {"xen,xenvm-4.17\0xen,xenvm", 24});
    tree_.cells("interrupt-parent", {gic_phandle});
    tree_.cells("#address-cells", {2});
    tree_.cells("#size-cells", {2});
  }

  void chosen() {
    tree_.begin("chosen");
    tree_.text("bootargs", guest_.command_line);
    if (guest_.initrd.size != 0) {
      tree_.number("linux,initrd-start", guest_.initrd.start);
      tree_.number("linux,initrd-end", guest_.initrd.start + guest_.initrd.size);
    }
    tree_.end();
  }

  void memory() {
    for (const TreeRange& range : guest_.memory) {
      tree_.begin(fmt::format("memory@{:x}", range.start));
      tree_.text("device_type", "memory");
      tree_.ranges("reg", {range});
      tree_.end();
    }
  }

  void cpus() {
    tree_.begin("cpus");
    tree_.cells("#address-cells", {1});
    tree_.cells("#size-cells", {0});
    for (uint32_t vcpu = 0; vcpu < guest_.vcpus; ++vcpu) {
      uint32_t affinity = uint32_t(arm_affinity(vcpu));
      tree_.begin(fmt::format("cpu@{:x}", affinity));
      tree_.text("device_type", "cpu");
      tree_.text("compatible", "arm,armv8");
      tree_.text("enable-method", "psci");
      tree_.cells("reg", {affinity});
      tree_.end();
    }
    tree_.end();
  }

  void psci() {
    tree_.begin("psci");
    tree_.texts("compatible", {"arm,psci-1.0\0arm,psci-0.2\0arm,psci", 34});
    tree_.text("method", "hvc");
    tree_.cells("cpu_off", {cpu_off});
    tree_.cells("cpu_on", {cpu_on});
    tree_.end();
  }

  void gic() {
    tree_.begin(fmt::format("interrupt-controller@{:x}", guest_.gic_distributor.start));
    tree_.text("compatible", guest_.gic_version == 3 ? "arm,gic-v3" : "arm,cortex-a15-gic");
    tree_.cells("#interrupt-cells", {3});
    tree_.cells("#address-cells", {0});
    tree_.flag("interrupt-controller");
    tree_.ranges("reg", {guest_.gic_distributor, guest_.gic_cpus});
    tree_.cells("phandle", {gic_phandle});
    tree_.end();
  }

  void timer() {
    tree_.begin("timer");
    tree_.texts("compatible", {"arm,armv8-timer\0arm,armv7-timer", 31});
    std::vector<uint32_t> cells;
    for (uint32_t number : {guest_.secure_timer, guest_.physical_timer, guest_.virtual_timer}) add_interrupt(cells, number);
    tree_.cells("interrupts", cells);
    if (guest_.timer_hz != 0) tree_.cells("clock-frequency", {guest_.timer_hz});
    tree_.end();
  }

  // Linux looks for exactly this name, without the address that others have.
  void hypervisor() {
    tree_.begin("hypervisor");
    tree_.texts("compatible", {"xen,xen-4.17\0xen,xen", 20});
    tree_.ranges("reg", {guest_.grant_table});
    std::vector<uint32_t> cells;
    add_interrupt(cells, guest_.events);
    tree_.cells("interrupts", cells);
    tree_.end();
  }

  // Linux binding "arm,sbsa-uart".
  void serial_line() {
    tree_.begin(fmt::format("serial@{:x}", guest_.serial_line.start));
    tree_.text("compatible", "arm,sbsa-uart");
    tree_.ranges("reg", {guest_.serial_line});
    tree_.cells("interrupts", {shared_interrupt, guest_.serial_interrupt - first_shared, active_high});
    tree_.cells("current-speed", {115200});
    tree_.end();
  }

  void add_interrupt(std::vector<uint32_t>& cells, uint32_t number) const {
    uint32_t flags = active_low | (guest_.gic_version == 2 ? all_cpus_of_v2 : 0);
    cells.insert(cells.end(), {private_interrupt, number - first_private, flags});
  }

  const ArmGuestTree& guest_;
  TreeWriter tree_;
};

}  // namespace

std::vector<std::byte> make_arm_guest_tree(const ArmGuestTree& guest) { return GuestTreeMaker(guest).run(); }

}  // namespace xenolith::tools
