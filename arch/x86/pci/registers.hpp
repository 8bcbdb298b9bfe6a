// SPDX-License-Identifier: MIT
// Registers of PCI configuration space that the hypervisor knows; offsets and lengths in bytes.
// Source: PCI Local Bus Specification 3.0, "Configuration Space"; PCI Express Base Specification, "MSI and MSI-X
// Capability Structures", "PCI Express Extended Capabilities".
#pragma once

#include "core/base/bits.hpp"

namespace xenolith::pci {

inline constexpr u16 conventional_space = 0x100;
inline constexpr u16 extended_space = 0x1000;

inline constexpr u16 vendor_register = 0x00;
inline constexpr u16 command_register = 0x04;
inline constexpr u16 status_register = 0x06;
inline constexpr u16 header_type_register = 0x0e;
inline constexpr u16 first_bar_register = 0x10;
inline constexpr u16 bus_numbers_register = 0x18;  // of bridges: primary, secondary, subordinate
inline constexpr u16 capabilities_register = 0x34;

namespace command {
inline constexpr u16 memory_decode = 0x0002;
}
namespace status {
inline constexpr u16 has_capabilities = 0x0010;
}

using HeaderLayout = Bits<6, 0>;
inline constexpr u64 multi_function = bit(7);
enum class Layout : u8 { device = 0, bridge = 1, cardbus = 2 };

inline constexpr u8 msi_capability = 0x05;
inline constexpr u8 msix_capability = 0x11;
inline constexpr u16 sriov_capability = 0x0010;  // extended
inline constexpr u16 sriov_length = 0x40;

namespace msi {
inline constexpr u16 control = 2;
inline constexpr u16 address = 4;
inline constexpr u16 enable = 0x0001;
using Capable = Bits<3, 1>;   // log2 of the messages that the function can use
using Enabled = Bits<6, 4>;   // log2 of the messages that it may use
inline constexpr u16 is_64_bit = 0x0080;
inline constexpr u16 has_masks = 0x0100;
}  // namespace msi

namespace msix {
inline constexpr u16 control = 2;
inline constexpr u16 table = 4;
inline constexpr u16 length = 12;
inline constexpr u16 enable = 0x8000;
inline constexpr u16 function_mask = 0x4000;
using LastEntry = Bits<10, 0>;
using BarIndex = Bits<2, 0>;
inline constexpr u32 offset_mask = ~u32{7};
inline constexpr u64 entry_size = 16;
inline constexpr u32 entry_masked = 1;
enum class Field : u8 { address_low, address_high, data, control };
}  // namespace msix

constexpr u16 dword_of(u16 offset) { return offset & 0xffcu; }
// The bits of the dword around `offset` that an access of `size` bytes touches.
constexpr u32 lanes(u16 offset, unsigned size) {
  return static_cast<u32>(((u64{1} << (8 * size)) - 1) << (8 * (offset & 3)));
}
// Whether an access stays inside one dword of configuration space.
constexpr bool is_valid_access(u16 offset, unsigned size) {
  return (size == 1 || size == 2 || size == 4) && offset % 4 + size <= 4 && offset < extended_space;
}

static_assert(lanes(2, 2) == 0xffff0000 && lanes(0, 4) == 0xffffffff && lanes(3, 1) == 0xff000000);

}  // namespace xenolith::pci
