// SPDX-License-Identifier: MIT
// Units as types. A number that names a machine frame, a guest frame, a domain... is a class of its own:
// nothing converts implicitly, and arithmetic exists only where it has a meaning.
#pragma once

#include <compare>
#include <type_traits>

#include "core/base/types.hpp"

namespace xenolith {

inline constexpr unsigned page_shift = 12;
inline constexpr u64 page_size = u64{1} << page_shift;
inline constexpr u64 page_mask = page_size - 1;

// A number with a unit. Tag makes each unit a type of its own.
template <class Tag, class Representation>
class Unit {
 public:
  using Raw = Representation;

  constexpr Unit() = default;
  constexpr explicit Unit(Raw raw) : raw_{raw} {}

  constexpr Raw raw() const { return raw_; }
  constexpr auto operator<=>(const Unit&) const = default;

 private:
  Raw raw_{};
};

// A unit that counts places in a row (frames, addresses): place + distance is a place.
template <class Tag>
class Position : public Unit<Tag, u64> {
 public:
  using Unit<Tag, u64>::Unit;

  constexpr Position operator+(u64 distance) const { return Position{this->raw() + distance}; }
  constexpr Position operator-(u64 distance) const { return Position{this->raw() - distance}; }
  constexpr u64 operator-(Position other) const { return this->raw() - other.raw(); }
  constexpr Position& operator+=(u64 distance) { return *this = *this + distance; }
  constexpr Position& operator++() { return *this = *this + 1; }
};

using Mfn = Position<struct MfnTag>;            // machine frame number
using Gfn = Position<struct GfnTag>;            // guest-physical frame number
using MachineAddress = Position<struct MachineAddressTag>;    // bytes
using GuestPhysical = Position<struct GuestPhysicalTag>;      // bytes
using GuestVirtual = Position<struct GuestVirtualTag>;        // bytes
using HostVirtual = Position<struct HostVirtualTag>;          // bytes, in the hypervisor's address space

using DomainId = Unit<struct DomainIdTag, u16>;
using VcpuId = Unit<struct VcpuIdTag, u32>;
using CpuId = Unit<struct CpuIdTag, u32>;       // physical CPU, dense from 0 in order of discovery
using Port = Unit<struct PortTag, u32>;         // event channel port
using GrantRef = Unit<struct GrantRefTag, u32>;
using Vector = Unit<struct VectorTag, u8>;      // x86 interrupt vector
using Gsi = Unit<struct GsiTag, u32>;           // ACPI global system interrupt
using IntId = Unit<struct IntIdTag, u32>;       // Arm GIC interrupt number: 0 SGIs, 16 PPIs, 32 SPIs

constexpr Mfn frame_of(MachineAddress address) { return Mfn{address.raw() >> page_shift}; }
constexpr Gfn frame_of(GuestPhysical address) { return Gfn{address.raw() >> page_shift}; }
constexpr MachineAddress address_of(Mfn frame) { return MachineAddress{frame.raw() << page_shift}; }
constexpr GuestPhysical address_of(Gfn frame) { return GuestPhysical{frame.raw() << page_shift}; }
template <class Tag>
constexpr u64 offset_in_page(Position<Tag> address) { return address.raw() & page_mask; }
constexpr u64 frames_for(u64 bytes) { return (bytes >> page_shift) + ((bytes & page_mask) != 0); }

// The one place where the identity of the hardware domain's guest frames and machine frames is stated.
constexpr Gfn identity_gfn(Mfn frame) { return Gfn{frame.raw()}; }
constexpr Mfn identity_mfn(Gfn frame) { return Mfn{frame.raw()}; }

inline constexpr Mfn invalid_mfn{~u64{0}};
inline constexpr Gfn invalid_gfn{~u64{0}};

static_assert(sizeof(Mfn) == 8 && std::is_trivially_copyable_v<Mfn>);
static_assert(!std::is_convertible_v<u64, Gfn> && !std::is_convertible_v<Gfn, Mfn>);

}  // namespace xenolith
