// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tools/control/interface.hpp"
#include "tools/control/port.hpp"

namespace xenolith::tools {

struct PhysicalInfo {
  uint32_t threads_per_core = 0, cores_per_socket = 0;
  uint32_t cpus = 0, max_cpu_id = 0, nodes = 0, max_node_id = 0;
  uint32_t cpu_khz = 0;
  uint32_t capabilities = 0;  // XEN_SYSCTL_PHYSCAP_*
  uint32_t arch_capabilities = 0;
  PageCount total, free, scrub, outstanding;
  uint64_t max_frame = 0;  // highest machine frame number
  std::array<uint32_t, 8> hardware{};
};

// The answers of xen_version.
struct VersionInfo {
  uint32_t major = 0, minor = 0;
  std::string extra, changeset, capabilities, command_line;
  std::string compiler, compile_by, compile_domain, compile_date;
  uint64_t virtual_start = 0;
  uint32_t page_size = 0;
  std::string build_id;  // hexadecimal; empty if there is none
};

struct CpuTopology {
  CpuId cpu;
  bool online = false;
  uint32_t core = 0, socket = 0, node = 0;
};

struct NumaNode {
  bool present = false;
  uint64_t size = 0, free = 0;      // bytes
  std::vector<uint32_t> distances;  // to each node; ~0 where unknown
};

// A place in the hypervisor's console ring.
struct ConsolePosition {
  uint32_t index = 0;
};

// The machine as a whole. All throw Error with the hypervisor's errno.
class Machine {
 public:
  explicit Machine(HypercallPort& port) : port_(port) {}

  PhysicalInfo physical_info();
  VersionInfo version();
  // Whether memory that a domain is given never holds what another domain left there. Xenolith promises that; Xen does
  // not for memory that a living domain gave back.
  bool gives_zeroed_memory();
  std::vector<CpuTopology> topology();
  std::vector<NumaNode> numa();
  std::vector<Nanoseconds> idle_times();  // of each CPU

  // The console ring (`xl dmesg`); cleared afterwards if `clear`.
  std::string read_console(bool clear = false);
  // What came since `position`, which moves on.
  std::string read_console(ConsolePosition& position);
  void clear_console();
  void debug_keys(std::string_view keys);
  uint64_t available_heap();  // bytes

 private:
  HypercallPort& port_;
};

}  // namespace xenolith::tools
