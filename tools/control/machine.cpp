// SPDX-License-Identifier: MIT
#include "tools/control/machine.hpp"

#include <algorithm>
#include <cstring>

#include "tools/control/calls.hpp"

namespace xenolith::tools {
namespace {

// A text in an array of a structure that may lack its terminating zero.
template <size_t size>
std::string text_of(const char (&array)[size]) {
  return std::string(array, strnlen(array, size));
}

template <typename T>
long ask_version(HypercallPort& port, unsigned command, T& argument) {
  static constexpr const char* what = "asking for the hypervisor's version";
  failure_point(what);
  return calls::checked(port.call(__HYPERVISOR_xen_version, command, &argument, sizeof argument), what);
}

std::string build_id(HypercallPort& port) {
  struct {
    xen_build_id header;
    unsigned char bytes[64];
  } argument{};
  argument.header.len = sizeof argument.bytes;
  long length = port.call(__HYPERVISOR_xen_version, XENVER_build_id, &argument, sizeof argument);
  std::string text;
  const unsigned char* bytes = reinterpret_cast<const unsigned char*>(&argument) + offsetof(xen_build_id, buf);
  for (long i = 0; i < std::min<long>(length, sizeof argument.bytes); ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

}  // namespace

PhysicalInfo Machine::physical_info() {
  xen_sysctl op{};
  calls::sysctl(port_, XEN_SYSCTL_physinfo, op, "asking about the machine");
  const auto& from = op.u.physinfo;
  PhysicalInfo info;
  info.threads_per_core = from.threads_per_core;
  info.cores_per_socket = from.cores_per_socket;
  info.cpus = from.nr_cpus;
  info.max_cpu_id = from.max_cpu_id;
  info.nodes = from.nr_nodes;
  info.max_node_id = from.max_node_id;
  info.cpu_khz = from.cpu_khz;
  info.capabilities = from.capabilities;
  info.arch_capabilities = from.arch_capabilities;
  info.total = PageCount(from.total_pages);
  info.free = PageCount(from.free_pages);
  info.scrub = PageCount(from.scrub_pages);
  info.outstanding = PageCount(from.outstanding_pages);
  info.max_frame = from.max_mfn;
  std::copy(std::begin(from.hw_cap), std::end(from.hw_cap), info.hardware.begin());
  return info;
}

VersionInfo Machine::version() {
  VersionInfo info;
  long version = calls::checked(port_.call(__HYPERVISOR_xen_version, XENVER_version, nullptr, 0),
                                "asking for the hypervisor's version");
  info.major = uint32_t(version >> 16);
  info.minor = uint32_t(version & 0xffff);
  xen_extraversion_t extra{};
  ask_version(port_, XENVER_extraversion, extra);
  info.extra = text_of(extra);
  xen_changeset_info_t changeset{};
  ask_version(port_, XENVER_changeset, changeset);
  info.changeset = text_of(changeset);
  xen_capabilities_info_t capabilities{};
  ask_version(port_, XENVER_capabilities, capabilities);
  info.capabilities = text_of(capabilities);
  xen_commandline_t command_line{};
  ask_version(port_, XENVER_commandline, command_line);
  info.command_line = text_of(command_line);
  xen_compile_info compile{};
  ask_version(port_, XENVER_compile_info, compile);
  info.compiler = text_of(compile.compiler);
  info.compile_by = text_of(compile.compile_by);
  info.compile_domain = text_of(compile.compile_domain);
  info.compile_date = text_of(compile.compile_date);
  xen_platform_parameters platform{};
  ask_version(port_, XENVER_platform_parameters, platform);
  info.virtual_start = platform.virt_start;
  info.page_size = uint32_t(
      calls::checked(port_.call(__HYPERVISOR_xen_version, XENVER_pagesize, nullptr, 0), "asking for the page size"));
  info.build_id = build_id(port_);
  return info;
}

bool Machine::gives_zeroed_memory() {
  xen_extraversion_t extra{};
  ask_version(port_, XENVER_extraversion, extra);
  return text_of(extra).find("xenolith") != std::string::npos;
}

std::vector<CpuTopology> Machine::topology() {
  static constexpr const char* what = "asking for the CPU topology";
  xen_sysctl size_op{};
  calls::sysctl(port_, XEN_SYSCTL_cputopoinfo, size_op, what);
  HypercallBuffer<xen_sysctl_cputopo> entries(port_, size_op.u.cputopoinfo.num_cpus);
  xen_sysctl op{};
  op.u.cputopoinfo.num_cpus = uint32_t(entries.size());
  calls::set_handle(op.u.cputopoinfo.cputopo, entries.data());
  calls::sysctl(port_, XEN_SYSCTL_cputopoinfo, op, what);
  std::vector<CpuTopology> topology;
  for (size_t i = 0; i < std::min<size_t>(op.u.cputopoinfo.num_cpus, entries.size()); ++i) {
    const auto& entry = entries[i];
    topology.push_back({CpuId(uint32_t(i)), entry.core != XEN_INVALID_CORE_ID, entry.core, entry.socket, entry.node});
  }
  return topology;
}

std::vector<NumaNode> Machine::numa() {
  static constexpr const char* what = "asking for the NUMA nodes";
  xen_sysctl size_op{};
  calls::sysctl(port_, XEN_SYSCTL_numainfo, size_op, what);
  size_t count = size_op.u.numainfo.num_nodes;
  if (count > 1024) fail(EPROTO, "the hypervisor claims to have {} NUMA nodes", count);
  HypercallBuffer<xen_sysctl_meminfo> memory(port_, count);
  HypercallBuffer<uint32_t> distances(port_, count * count);
  xen_sysctl op{};
  op.u.numainfo.num_nodes = uint32_t(count);
  calls::set_handle(op.u.numainfo.meminfo, memory.data());
  calls::set_handle(op.u.numainfo.distance, distances.data());
  calls::sysctl(port_, XEN_SYSCTL_numainfo, op, what);
  size_t filled = std::min<size_t>(op.u.numainfo.num_nodes, count);
  std::vector<NumaNode> nodes(filled);
  for (size_t i = 0; i < filled; ++i) {
    nodes[i].present = memory[i].memsize != XEN_INVALID_MEM_SZ;
    nodes[i].size = memory[i].memsize;
    nodes[i].free = memory[i].memfree;
    nodes[i].distances.assign(distances.data() + i * filled, distances.data() + (i + 1) * filled);
  }
  return nodes;
}

std::vector<Nanoseconds> Machine::idle_times() {
  HypercallBuffer<xen_sysctl_cpuinfo> entries(port_, size_t(physical_info().max_cpu_id) + 1);
  xen_sysctl op{};
  op.u.getcpuinfo.max_cpus = uint32_t(entries.size());
  calls::set_handle(op.u.getcpuinfo.info, entries.data());
  calls::sysctl(port_, XEN_SYSCTL_getcpuinfo, op, "asking for the CPUs' idle times");
  std::vector<Nanoseconds> times;
  for (size_t i = 0; i < std::min<size_t>(op.u.getcpuinfo.nr_cpus, entries.size()); ++i)
    times.push_back(Nanoseconds(entries[i].idletime));
  return times;
}

namespace {

constexpr const char* reading_console = "reading the hypervisor's console";

// One piece of the ring into `text`; returns its length.
size_t read_piece(HypercallPort& port, HypercallBuffer<char>& buffer, xen_sysctl_readconsole& request,
                  std::string& text) {
  xen_sysctl op{};
  op.u.readconsole = request;
  calls::set_handle(op.u.readconsole.buffer, buffer.data());
  op.u.readconsole.count = uint32_t(buffer.size());
  calls::sysctl(port, XEN_SYSCTL_readconsole, op, reading_console);
  size_t count = std::min<size_t>(op.u.readconsole.count, buffer.size());
  text.append(buffer.data(), count);
  request.index = op.u.readconsole.index;
  return count;
}

}  // namespace

namespace {

// The ring from where `request` says to its end.
std::string read_pieces(HypercallPort& port, xen_sysctl_readconsole& request) {
  HypercallBuffer<char> buffer(port, 64 * 1024);
  std::string text;
  // A hypervisor that talks all the time must not keep us here for ever.
  for (int pieces = 0; pieces < 1024 && read_piece(port, buffer, request, text) == buffer.size(); ++pieces)
    request.incremental = 1;
  return text;
}

}  // namespace

std::string Machine::read_console(ConsolePosition& position) {
  xen_sysctl_readconsole request{};
  request.incremental = 1;
  request.index = position.index;
  std::string text = read_pieces(port_, request);
  position.index = request.index;
  return text;
}

std::string Machine::read_console(bool clear) {
  // Not incremental at first: begins where the ring was cleared last. Clearing empties it up to where it was read.
  xen_sysctl_readconsole request{};
  std::string text = read_pieces(port_, request);
  if (clear) {
    request.incremental = 1;
    request.clear = 1;
    text += read_pieces(port_, request);
  }
  return text;
}

void Machine::clear_console() { read_console(true); }

void Machine::debug_keys(std::string_view keys) {
  HypercallBuffer<char> buffer(port_, std::span(keys.data(), keys.size()));
  xen_sysctl op{};
  calls::set_handle(op.u.debug_keys.keys, static_cast<const char*>(buffer.data()));
  op.u.debug_keys.nr_keys = uint32_t(buffer.size());
  calls::sysctl(port_, XEN_SYSCTL_debug_keys, op, "sending debug keys");
}

uint64_t Machine::available_heap() {
  xen_sysctl op{};
  op.u.availheap.node = -1;
  calls::sysctl(port_, XEN_SYSCTL_availheap, op, "asking for free memory");
  return op.u.availheap.avail_bytes;
}

}  // namespace xenolith::tools
