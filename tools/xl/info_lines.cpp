// SPDX-License-Identifier: MIT
#include "tools/xl/info_lines.hpp"

#include <sys/utsname.h>

#include "tools/base/error.hpp"
#include "tools/xl/lookup.hpp"

namespace xenolith::tools::xl {
namespace {

void add_host(InfoLines& lines) {
  utsname names;
  check(::uname(&names), "uname");
  lines.insert(lines.end(), {{"host", names.nodename},
                             {"release", names.release},
                             {"version", names.version},
                             {"machine", names.machine}});
}

std::string capabilities(const PhysicalInfo& info) {
  auto can = [&](uint32_t bit) { return (info.capabilities & bit) != 0; };
  bool hvm = can(XEN_SYSCTL_PHYSCAP_hvm), pv = can(XEN_SYSCTL_PHYSCAP_pv), direct = can(XEN_SYSCTL_PHYSCAP_directio);
  std::string text;
  auto add = [&](bool there, const char* name) {
    if (there) text.append(" ").append(name);
  };
  add(pv, "pv");
  add(hvm, "hvm");
  add(hvm && direct, "hvm_directio");
  add(pv && direct, "pv_directio");
  add(can(XEN_SYSCTL_PHYSCAP_hap), "hap");
  add(can(XEN_SYSCTL_PHYSCAP_shadow), "shadow");
  add(can(XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share), "iommu_hap_pt_share");
  add(can(XEN_SYSCTL_PHYSCAP_vmtrace), "vmtrace");
  add(can(XEN_SYSCTL_PHYSCAP_vpmu), "vpmu");
  add(can(XEN_SYSCTL_PHYSCAP_gnttab_v1), "gnttab-v1");
  add(can(XEN_SYSCTL_PHYSCAP_gnttab_v2), "gnttab-v2");
  return text;
}

void add_machine(InfoLines& lines, Hypervisor& hypervisor) {
  PhysicalInfo info = hypervisor.machine.physical_info();
  auto mib = [](PageCount pages) { return std::to_string(pages.value() / 256); };
  lines.insert(lines.end(), {{"nr_cpus", std::to_string(info.cpus)},
                             {"max_cpu_id", std::to_string(info.max_cpu_id)},
                             {"nr_nodes", std::to_string(info.nodes)},
                             {"cores_per_socket", std::to_string(info.cores_per_socket)},
                             {"threads_per_core", std::to_string(info.threads_per_core)},
                             {"cpu_mhz", fmt::format("{}.{:03}", info.cpu_khz / 1000, info.cpu_khz % 1000)},
                             {"hw_caps", fmt::format("{:08x}", fmt::join(info.hardware, ":"))},
                             {"virt_caps", capabilities(info)},
                             {"total_memory", mib(info.total)},
                             {"free_memory", mib(info.free - info.outstanding)},
                             {"sharing_freed_memory", "0"},
                             {"sharing_used_memory", "0"},
                             {"outstanding_claims", mib(info.outstanding)},
                             {"free_cpus", std::to_string(hypervisor.scheduling.free_cpus().count())}});
}

void add_hypervisor(InfoLines& lines, Hypervisor& hypervisor) {
  VersionInfo version = hypervisor.machine.version();
  lines.insert(lines.end(),
               {{"xen_major", std::to_string(version.major)},
                {"xen_minor", std::to_string(version.minor)},
                {"xen_extra", version.extra},
                {"xen_version", fmt::format("{}.{}{}", version.major, version.minor, version.extra)},
                {"xen_caps", version.capabilities},
                {"xen_scheduler", std::string(scheduler_name(hypervisor.scheduling.default_scheduler()))},
                {"xen_pagesize", std::to_string(version.page_size)},
                {"platform_params", fmt::format("virt_start=0x{:x}", version.virtual_start)},
                {"xen_changeset", version.changeset},
                {"xen_commandline", version.command_line},
                {"cc_compiler", version.compiler},
                {"cc_compile_by", version.compile_by},
                {"cc_compile_domain", version.compile_domain},
                {"cc_compile_date", version.compile_date},
                {"build_id", version.build_id}});
}

}  // namespace

InfoLines info_lines(Context& context, bool) {
  InfoLines lines;
  add_host(lines);
  add_machine(lines, context.hypervisor());
  add_hypervisor(lines, context.hypervisor());
  lines.emplace_back("xend_config_format", "4");
  return lines;
}

void print_numa(Context& context) {
  fmt::print("cpu_topology           :\ncpu:    core    socket     node\n");
  for (const CpuTopology& cpu : context.hypervisor().machine.topology())
    if (cpu.online) fmt::print("{:3}:    {:4}     {:4}     {:4}\n", cpu.cpu, cpu.core, cpu.socket, cpu.node);
  fmt::print("device topology        :\ndevice           node\nNo device topology data available\n");
  fmt::print("numa_info              :\nnode:    memsize    memfree    distances\n");
  std::vector<NumaNode> nodes = context.hypervisor().machine.numa();
  for (size_t node = 0; node < nodes.size(); ++node)
    if (nodes[node].present)
      fmt::print("{:4}:    {:6}     {:6}      {}\n", node, nodes[node].size >> 20, nodes[node].free >> 20,
                 fmt::join(nodes[node].distances, ","));
}

}  // namespace xenolith::tools::xl
