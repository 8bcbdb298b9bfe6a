// SPDX-License-Identifier: MIT
#include "arch/x86/pci/capability.hpp"

namespace xenolith::pci {
namespace {
constexpr unsigned most_capabilities = (conventional_space - 0x40) / 4;
constexpr unsigned most_extended = (extended_space - conventional_space) / 4;

using BarIsIo = Bits<0>;
using BarType = Bits<2, 1>;
constexpr u64 bar_is_64_bit = 2;
constexpr u32 bar_flags = 0xf;

u16 bar_register(unsigned index) { return static_cast<u16>(first_bar_register + 4 * index); }
}  // namespace

bool is_present(ConfigAccess& config, Sbdf function) {
  u32 vendor = config.read(function, vendor_register, 2);
  return vendor != 0xffff && vendor != 0;
}

Layout layout_of(ConfigAccess& config, Sbdf function) {
  return Layout{static_cast<u8>(HeaderLayout::get(config.read(function, header_type_register, 1)))};
}

std::optional<u16> find_capability(ConfigAccess& config, Sbdf function, u8 id) {
  if (!(config.read(function, status_register, 2) & status::has_capabilities)) return std::nullopt;
  u16 at = layout_of(config, function) == Layout::cardbus ? 0x14 : capabilities_register;
  at = config.read(function, at, 1) & 0xfc;
  for (unsigned n = 0; n < most_capabilities && at >= 0x40; ++n) {
    u32 header = config.read(function, at, 4);
    if (static_cast<u8>(header) == id) return at;
    at = (header >> 8) & 0xfc;
  }
  return std::nullopt;
}

std::optional<u16> find_extended_capability(ConfigAccess& config, Sbdf function, u16 id) {
  u16 at = conventional_space;
  for (unsigned n = 0; n < most_extended && at >= conventional_space; ++n) {
    u32 header = config.read(function, at, 4);
    if (header == 0 || header == ~u32{0}) return std::nullopt;
    if (Bits<15, 0>::get(header) == id) return at;
    at = static_cast<u16>(Bits<31, 20>::get(header)) & 0xffc;
  }
  return std::nullopt;
}

unsigned bar_count(Layout layout) {
  switch (layout) {
    case Layout::device: return 6;
    case Layout::bridge: return 2;
    case Layout::cardbus: return 1;
  }
  return 0;
}

bool is_memory_bar(ConfigAccess& config, Sbdf function, unsigned index, Layout layout) {
  if (index >= bar_count(layout)) return false;
  u32 low = config.read(function, bar_register(index), 4);
  if (BarIsIo::get(low)) return false;
  return BarType::get(low) != bar_is_64_bit || index + 1 < bar_count(layout);
}

MachineAddress bar_address(ConfigAccess& config, Sbdf function, unsigned index) {
  u32 low = config.read(function, bar_register(index), 4);
  u64 high = BarType::get(low) == bar_is_64_bit ? config.read(function, bar_register(index + 1), 4) : 0;
  return MachineAddress{high << 32 | (low & ~bar_flags)};
}

}  // namespace xenolith::pci
