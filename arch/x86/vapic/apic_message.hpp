// SPDX-License-Identifier: MIT
// What travels to local APICs: interrupt messages of IO-APICs, MSIs and other processors.
// Source: Intel SDM volume 3, "Advanced Programmable Interrupt Controller (APIC)", "Issuing Interprocessor Interrupts".
#pragma once

#include "core/base/types.hpp"
#include "core/base/units.hpp"

namespace xenolith::vapic {

using ApicId = Unit<struct ApicIdTag, u32>;  // x2APIC ID; xAPIC mode sees its low 8 bits

// Vectors below this are exceptions; APICs take them for errors.
inline constexpr Vector first_interrupt_vector{16};

// As encoded in the interrupt command register, redirection entries and MSI data; 3 is reserved.
enum class DeliveryMode : u8 {
  fixed = 0,
  lowest_priority = 1,
  smi = 2,
  reserved = 3,
  nmi = 4,
  init = 5,
  startup = 6,  // only in interrupt commands
  external = 7,
};

enum class Trigger : u8 { edge, level };

// Whom a message is for. What `id` means depends on the mode of the APIC that compares itself with it (ApicAddress).
struct Destination {
  u32 id;
  bool logical;
};

struct InterruptMessage {
  Vector vector;  // for startup: the page number of the first instruction
  DeliveryMode mode;
  Trigger trigger;
  Destination destination;
};

// Interrupt commands' replacement for a destination, as encoded in bits 19:18.
enum class Shorthand : u8 { none = 0, self = 1, all = 2, others = 3 };

}  // namespace xenolith::vapic
