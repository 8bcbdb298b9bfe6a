// SPDX-License-Identifier: MIT
// Architecture contract, as x86 has it: how 32-bit guests lay out what they pass and share, where the architecture has such guests.
//   GuestLayout<T>: same, or Narrow and copy(); for each structure that hypercalls copy.
//   SharedPlaces shared_places(GuestWordSize): see arch/x86/compat/shared_places.hpp.
#pragma once

#include "arch/x86/compat/guest_layouts.hpp"
#include "arch/x86/compat/shared_places.hpp"
