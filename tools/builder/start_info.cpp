// SPDX-License-Identifier: MIT
#include "tools/builder/start_info.hpp"

#include <cstring>

extern "C" {
#include <xen/arch-x86/hvm/start_info.h>
}

namespace xenolith::tools {
namespace {

template <typename T>
void append(std::vector<std::byte>& bytes, const T& value) {
  auto from = std::as_bytes(std::span(&value, 1));
  bytes.insert(bytes.end(), from.begin(), from.end());
}

}  // namespace

std::vector<std::byte> make_start_info(const StartInfoRequest& request) {
  hvm_start_info info{};
  info.magic = XEN_HVM_START_MAGIC_VALUE;
  info.version = 1;
  info.rsdp_paddr = request.rsdp;
  std::vector<std::byte> bytes(sizeof info);
  auto here = [&] { return request.address + bytes.size(); };

  info.nr_modules = uint32_t(request.modules.size());
  info.modlist_paddr = request.modules.empty() ? 0 : here();
  for (auto& module : request.modules) append(bytes, hvm_modlist_entry{module.address, module.size, 0, 0});

  info.memmap_entries = uint32_t(request.memory_map.size());
  info.memmap_paddr = here();
  for (auto& range : request.memory_map)
    append(bytes, hvm_memmap_table_entry{range.start, range.size, uint32_t(range.type), 0});

  info.cmdline_paddr = here();
  auto text = std::as_bytes(std::span(request.command_line.c_str(), request.command_line.size() + 1));
  bytes.insert(bytes.end(), text.begin(), text.end());
  std::memcpy(bytes.data(), &info, sizeof info);
  return bytes;
}

}  // namespace xenolith::tools
