// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>

#include "tools/control/guest_memory.hpp"

namespace xenolith::tools {

// Writes to a guest's memory through one mapping at a time, of what is written and no more, up to 64 MiB: each page
// costs a PVH dom0 two hypercalls.
class GuestWindow {
 public:
  GuestWindow(GuestMemory& memory, DomainId domain);

  // Calls `fill` with the guest's memory at [address, address + size), in pieces; `done` counts from 0.
  void fill(uint64_t address, uint64_t size, const std::function<void(std::span<std::byte> to, uint64_t done)>& fill);
  void write(uint64_t address, std::span<const std::byte> bytes);
  void clear(uint64_t address, uint64_t size);

 private:
  std::span<std::byte> at(uint64_t address, uint64_t end);

  GuestMemory& memory_;
  DomainId domain_;
  uint64_t mapped_at_ = 0;
  ForeignPages pages_;
};

}  // namespace xenolith::tools
