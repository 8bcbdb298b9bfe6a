// SPDX-License-Identifier: MIT
#include "arch/x86/vapic/apic_address.hpp"

namespace xenolith::vapic {

// Source: Intel SDM volume 3, "Determining IPI Destination" and "Logical Destination Mode in x2APIC Mode".
bool ApicAddress::matches(Destination destination) const {
  if (mode() == ApicMode::disabled) return false;
  if (is_broadcast(destination.id)) return true;
  return destination.logical ? matches_logical(destination.id) : destination.id == id_.raw();
}

// With 15-bit destinations (XEN_HVM_CPUID_EXT_DEST_ID) 0xff is an ordinary ID to an APIC in x2APIC mode.
bool ApicAddress::is_broadcast(u32 destination) const {
  return destination == 0xffff'ffff || (destination == 0xff && mode() == ApicMode::xapic);
}

bool ApicAddress::matches_logical(u32 destination) const {
  if (mode() == ApicMode::x2apic) {
    u32 mine = x2apic_logical_id(id_);
    return (destination ^ mine) >> 16 == 0 && (destination & mine & 0xffff) != 0;
  }
  if (destination > 0xff) return false;
  u32 mine = static_cast<u32>(Logical::get(word_));
  switch (Model::get(word_)) {
    case 0xf: return (destination & mine) != 0;                                                         // flat
    case 0x0: return (destination ^ mine) >> 4 == 0 && (destination & mine & 0xf) != 0;                 // cluster
    default: return false;                                                                              // reserved
  }
}

}  // namespace xenolith::vapic
