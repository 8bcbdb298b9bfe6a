// SPDX-License-Identifier: MIT
// The fake machine's part of a domain and a vCPU: counters of what it was asked to do.
#pragma once

#include <atomic>

namespace xenolith::arch {

class DomainState {
 public:
  int unused = 0;
};

class VcpuState {
 public:
  std::atomic<unsigned> upcalls{0}, interrupts{0};
};

}  // namespace xenolith::arch
