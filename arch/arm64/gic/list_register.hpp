// SPDX-License-Identifier: MIT
// ListRegister: an interrupt as it is handed to a CPU's virtual interface, and its form in the registers of both GIC versions.
// Source: Arm IHI 0048B, "List Registers, GICH_LRn"; IHI 0069, "ICH_LR<n>_EL2, Interrupt Controller List Registers".
#pragma once

#include "arch/arm64/gic/intid.hpp"
#include "core/base/bits.hpp"

namespace xenolith::gic {

struct ListRegister {
  u32 intid = 0;         // the guest's number
  u32 physical = 0;      // hardware: the machine's number, deactivated together with it
  u8 priority = 0;       // 0: the highest; the hardware keeps the upper bits
  u8 source = 0;         // GICv2 SGIs: the vCPU that sent it
  bool pending = false;
  bool active = false;
  bool hardware = false;
  bool group1 = false;
  bool tell_end = false;  // a maintenance interrupt when the guest has ended it; not together with hardware

  constexpr bool is_empty() const { return !pending && !active; }
  constexpr bool operator==(const ListRegister&) const = default;
};

namespace list_v2 {
using VirtualId = Bits<9, 0>;
using PhysicalId = Bits<19, 10>;
using Source = Bits<12, 10>;
using TellEnd = Bits<19>;
using Priority = Bits<27, 23>;  // the upper five bits
using Pending = Bits<28>;
using Active = Bits<29>;
using Group1 = Bits<30>;
using Hardware = Bits<31>;
}  // namespace list_v2

constexpr u32 encode_v2(const ListRegister& from) {
  using namespace list_v2;
  u32 word = VirtualId::set(u32{0}, from.intid);
  if (from.hardware) word = PhysicalId::set(word, from.physical);
  else word = TellEnd::set(Source::set(word, from.source), from.tell_end);
  word = Priority::set(word, from.priority >> 3);
  word = Pending::set(word, from.pending);
  word = Active::set(word, from.active);
  word = Group1::set(word, from.group1);
  return Hardware::set(word, from.hardware);
}

constexpr ListRegister decode_v2(u32 word) {
  using namespace list_v2;
  ListRegister to;
  to.intid = static_cast<u32>(VirtualId::get(word));
  to.hardware = Hardware::get(word);
  if (to.hardware) to.physical = static_cast<u32>(PhysicalId::get(word));
  else {
    to.source = static_cast<u8>(Source::get(word));
    to.tell_end = TellEnd::get(word);
  }
  to.priority = static_cast<u8>(Priority::get(word) << 3);
  to.pending = Pending::get(word);
  to.active = Active::get(word);
  to.group1 = Group1::get(word);
  return to;
}

namespace list_v3 {
using VirtualId = Bits<31, 0>;
using PhysicalId = Bits<44, 32>;
using TellEnd = Bits<41>;
using Priority = Bits<55, 48>;
using Group1 = Bits<60>;
using Hardware = Bits<61>;
using Pending = Bits<62>;
using Active = Bits<63>;
}  // namespace list_v3

constexpr u64 encode_v3(const ListRegister& from) {
  using namespace list_v3;
  u64 word = VirtualId::set(u64{0}, from.intid);
  if (from.hardware) word = PhysicalId::set(word, from.physical);
  else word = TellEnd::set(word, from.tell_end);
  word = Priority::set(word, from.priority);
  word = Pending::set(word, from.pending);
  word = Active::set(word, from.active);
  word = Group1::set(word, from.group1);
  return Hardware::set(word, from.hardware);
}

constexpr ListRegister decode_v3(u64 word) {
  using namespace list_v3;
  ListRegister to;
  to.intid = static_cast<u32>(VirtualId::get(word));
  to.hardware = Hardware::get(word);
  if (to.hardware) to.physical = static_cast<u32>(PhysicalId::get(word));
  else to.tell_end = TellEnd::get(word);
  to.priority = static_cast<u8>(Priority::get(word));
  to.pending = Pending::get(word);
  to.active = Active::get(word);
  to.group1 = Group1::get(word);
  return to;
}

}  // namespace xenolith::gic
