// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <vector>

#include "tools/control/interface.hpp"
#include "tools/control/types.hpp"

namespace xenolith::tools {

struct FakeEventPort {
  DomainId remote;
  bool bound = false;
};

// A domain of FakePort. Tests may look at all of it and change it.
struct FakeDomain {
  DomainId id;
  xen_domctl_createdomain spec{};
  bool paused = true, shutdown = false, dying = false;
  uint32_t reason = 0;
  uint32_t vcpus = 0;
  uint64_t max_pages = 0;
  uint64_t paging_bytes = 0;
  uint64_t claimed = 0;
  uint64_t cpu_time = 0;
  uint32_t pool = 0;
  std::map<uint64_t, size_t> frames;  // guest frame number -> page of the fake machine
  size_t grant_table = 0;             // the page of the fake machine that holds it
  std::map<uint32_t, uint64_t> parameters;
  std::vector<FakeEventPort> ports;  // port 0 is none
  std::vector<uint8_t> memory_map;   // entries of 20 bytes, as the interface has them
  std::vector<uint8_t> hvm_context;
  std::map<uint32_t, std::vector<uint8_t>> hard_affinity, soft_affinity;  // by vCPU
  uint16_t weight = 256, cap = 0;
  int64_t time_offset = 0;
};

}  // namespace xenolith::tools
