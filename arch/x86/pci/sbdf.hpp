// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/bits.hpp"
#include "core/base/units.hpp"

namespace xenolith::pci {

// A PCI function's name: segment, bus, and device and function in one byte.
class Sbdf : public Unit<struct SbdfTag, u32> {
 public:
  constexpr Sbdf() = default;
  constexpr explicit Sbdf(u32 raw) : Unit{raw} {}
  constexpr Sbdf(u16 segment, u8 bus, u8 devfn) : Unit{u32{segment} << 16 | u32{bus} << 8 | devfn} {}

  constexpr u16 segment() const { return static_cast<u16>(Bits<31, 16>::get(raw())); }
  constexpr u8 bus() const { return static_cast<u8>(Bits<15, 8>::get(raw())); }
  constexpr u8 devfn() const { return static_cast<u8>(Bits<7, 0>::get(raw())); }
  constexpr u8 device() const { return static_cast<u8>(Bits<7, 3>::get(raw())); }
  constexpr u8 function() const { return static_cast<u8>(Bits<2, 0>::get(raw())); }
};

static_assert(Sbdf{1, 2, 0x1d}.device() == 3 && Sbdf{1, 2, 0x1d}.function() == 5 && Sbdf{1, 2, 0x1d}.raw() == 0x1021d);

}  // namespace xenolith::pci
