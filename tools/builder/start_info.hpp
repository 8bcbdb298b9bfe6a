// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/control/guest_memory.hpp"

namespace xenolith::tools {

struct LoadedModule {
  uint64_t address = 0;
  uint64_t size = 0;  // bytes
};

struct StartInfoRequest {
  uint64_t address = 0;  // guest-physical, where the result will lie; 8-byte aligned
  std::string command_line{};
  std::vector<LoadedModule> modules{};
  std::vector<MemoryRange> memory_map{};
  uint64_t rsdp = 0;  // 0: none
};

// The structure that a PVH guest finds at ebx, with all that it points to (<xen/arch-x86/hvm/start_info.h>, version 1).
std::vector<std::byte> make_start_info(const StartInfoRequest& request);

}  // namespace xenolith::tools
