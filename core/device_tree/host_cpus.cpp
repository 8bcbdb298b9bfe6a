// SPDX-License-Identifier: MIT
// Processors and the firmware that starts them. Sources: Linux bindings "arm/cpus" and "arm/psci".
#include "core/device_tree/host_parser.hpp"

namespace xenolith {

namespace {

// Arm ARM, "MPIDR_EL1, Multiprocessor Affinity Register": Aff3 and Aff2 to Aff0.
constexpr u64 affinity_mask = 0xff00ffffff;

CpuStart start_of(DeviceTreeNode cpu, DeviceTreeNode cpus) {
  DeviceTreeProperty method = cpu.property("enable-method");
  if (!method.exists()) method = cpus.property("enable-method");
  if (!method.exists()) return CpuStart::none;
  if (method.text() == "psci") return CpuStart::psci;
  return method.text() == "spin-table" ? CpuStart::spin_table : CpuStart::other;
}

Result<void> add_cpu(DeviceTreeNode node, HostDescription& result) {
  Result<u64> mpidr = node.property("reg").whole_number();
  if (mpidr.failed() || (*mpidr & ~affinity_mask) != 0) {
    warn_about(node, "no proper MPIDR in reg", XEN_EINVAL);
    return {};
  }
  HostCpu cpu{.mpidr = *mpidr, .start = start_of(node, node.parent()), .release_address = {}, .node = node};
  if (cpu.start == CpuStart::spin_table) {
    Result<u64> address = node.property("cpu-release-addr").whole_number();
    if (address.failed()) {
      warn_about(node, "no cpu-release-addr", address.error());
      cpu.start = CpuStart::none;
    }
    cpu.release_address = MachineAddress{std::move(address).value_or(0)};
  }
  cpu.clock_frequency = node.property("clock-frequency").cell(0).value_or(0);
  if (result.cpus.add(cpu).failed()) warn_about(node, "too many processors", XEN_ENOSPC);
  return {};
}

bool is_usable_cpu(DeviceTreeNode node) {
  return node.has_type("cpu") && !node.property("status").text().starts_with("fail");
}

DeviceTreeNode find_psci(const DeviceTree& tree) {
  for (u32 i = 0; i < tree.count(); ++i)
    for (std::string_view name : {"arm,psci-1.0", "arm,psci-0.2", "arm,psci"})
      if (tree.node(i).is_compatible(name) && tree.node(i).is_available()) return tree.node(i);
  return {};
}

}  // namespace

Result<void> describe_cpus(const DeviceTree& tree, HostDescription& result) {
  for (DeviceTreeNode at = tree.root().child("cpus").first_child(); at; at = at.next_sibling())
    if (is_usable_cpu(at)) TRY(add_cpu(at, result));
  for (size_t i = 0; i < result.cpus.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (result.cpus[i].mpidr == result.cpus[j].mpidr) return complain_about(result.cpus[i].node, "an MPIDR twice", XEN_EINVAL);
  return {};
}

void describe_psci(const DeviceTree& tree, HostDescription& result) {
  DeviceTreeNode node = find_psci(tree);
  std::string_view method = node.property("method").text();
  if (method == "smc") result.psci.conduit = PsciConduit::smc;
  else if (method == "hvc") result.psci.conduit = PsciConduit::hvc;
  else if (node) return warn_about(node, "unknown method", XEN_EINVAL);
  else return;
  bool is_1_0 = node.is_compatible("arm,psci-1.0"), is_0_2 = node.is_compatible("arm,psci-0.2");
  result.psci.major = is_1_0 ? 1 : 0;
  result.psci.minor = is_1_0 ? 0 : is_0_2 ? 2 : 1;
  result.psci.cpu_on = node.property("cpu_on").cell(0).value_or(0);
  result.psci.cpu_off = node.property("cpu_off").cell(0).value_or(0);
  result.psci.cpu_suspend = node.property("cpu_suspend").cell(0).value_or(0);
  result.psci.migrate = node.property("migrate").cell(0).value_or(0);
}

}  // namespace xenolith
