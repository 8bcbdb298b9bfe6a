// SPDX-License-Identifier: MIT
#include "core/boot/boot_information.hpp"

#include <algorithm>

#include "core/base/log.hpp"

namespace xenolith {

std::string_view BootInformation::text(BootText where) const {
  std::string_view all{text_.data(), text_used_};
  if (where.offset > all.size()) return {};
  return all.substr(where.offset, where.length);
}

Result<void> BootInformation::add_module(MachineAddress start, u64 length, BootText command_line) {
  if (start.raw() >= MemoryMap::address_limit || length > MemoryMap::address_limit - start.raw())
    return Failure{XEN_EINVAL};
  if (module_count_ == modules_.size()) return Failure{XEN_ENOSPC};
  modules_[module_count_++] = {start, length, command_line};
  return {};
}

Result<BootText> BootInformation::add_text(std::string_view text) {
  if (text.size() > text_.size() - text_used_) return Failure{XEN_ENOSPC};
  BootText where{text_used_, static_cast<u32>(text.size())};
  std::ranges::copy(text, text_.begin() + text_used_);
  text_used_ += where.length;
  return where;
}

std::string_view read_boot_text(const PhysicalReader& memory, MachineAddress address, std::span<char> to) {
  if (address == MachineAddress{}) return {};
  size_t used = 0;
  while (used < to.size()) {
    MachineAddress at = address + used;
    u64 chunk = std::min<u64>(page_size - offset_in_page(at), to.size() - used);
    Result<std::span<const u8>> bytes = memory.bytes(at, chunk);
    if (bytes.failed()) return {};
    std::string_view part = text_of(*bytes);
    std::ranges::copy(part, to.begin() + static_cast<std::ptrdiff_t>(used));
    used += part.size();
    if (part.size() < chunk) return {to.data(), used};
  }
  log_warning("boot: text at {:#x} is over {} characters long, cut", address, used);
  return {to.data(), used};
}

bool passes_path(std::string_view loader_name) {
  return !loader_name.starts_with("GRUB ") || loader_name.size() < 6 || loader_name[5] == '0';
}

}  // namespace xenolith
