// SPDX-License-Identifier: MIT
// Boot through the PVH entry point. Source: xen/arch-x86/hvm/start_info.h.
#include "core/base/interface.hpp"
#include "core/boot/boot_parser.hpp"

extern "C" {
#include <xen/arch-x86/hvm/start_info.h>
}

namespace xenolith {
namespace {

// Version 0 ends before memmap_paddr.
constexpr u64 version_0_size = offsetof(hvm_start_info, memmap_paddr);
static_assert(version_0_size == 40 && sizeof(hvm_start_info) == 56);

class PvhParser : BootParser {
 public:
  using BootParser::BootParser;

  Result<void> parse(MachineAddress address) {
    hvm_start_info info = TRY(read_info(address));
    result_.loader_name = keep("PVH");
    result_.command_line = keep_at(MachineAddress{info.cmdline_paddr});
    result_.rsdp = MachineAddress{info.rsdp_paddr};
    for (u64 i = 0; i < std::min<u64>(info.nr_modules, BootInformation::max_modules); ++i)
      parse_module(MachineAddress{info.modlist_paddr} + i * sizeof(hvm_modlist_entry));
    for (u64 i = 0; i < std::min<u64>(info.memmap_entries, MemoryMap::capacity); ++i)
      parse_memory(MachineAddress{info.memmap_paddr} + i * sizeof(hvm_memmap_table_entry));
    return {};
  }

 private:
  Result<hvm_start_info> read_info(MachineAddress address) {
    hvm_start_info info{};
    auto head = TRY(memory_.bytes(address, version_0_size));
    std::memcpy(&info, head.data(), head.size());
    if (info.magic != XEN_HVM_START_MAGIC_VALUE) return Failure{XEN_EINVAL};
    if (info.version >= 1) info = TRY(memory_.read<hvm_start_info>(address));
    return info;
  }
  void parse_module(MachineAddress address) {
    Result<hvm_modlist_entry> entry = memory_.read<hvm_modlist_entry>(address);
    if (entry.failed()) return log_warning("boot: module entry at {:#x} cannot be read", address);
    add_module(entry->paddr, entry->size, keep_at(MachineAddress{entry->cmdline_paddr}));
  }
  void parse_memory(MachineAddress address) {
    Result<hvm_memmap_table_entry> entry = memory_.read<hvm_memmap_table_entry>(address);
    if (entry.failed()) return log_warning("boot: memory map entry at {:#x} cannot be read", address);
    add_memory(entry->addr, entry->size, entry->type);
  }
};

}  // namespace

Result<void> parse_pvh(const PhysicalReader& memory, MachineAddress info, BootInformation& result) {
  return PvhParser{memory, result}.parse(info);
}

}  // namespace xenolith
