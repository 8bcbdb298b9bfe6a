// SPDX-License-Identifier: MIT
// What is told at boot, in Xen's words. Each writes a line's text and returns the number of characters; words that do not fit are left out.
#pragma once

#include <span>

#include "arch/x86/speculation/decide.hpp"

namespace xenolith::speculation {

size_t describe_hints(const SpeculationFacts& facts, std::span<char> to);     // what the processor says it need not fear
size_t describe_features(const SpeculationFacts& facts, std::span<char> to);  // what it offers
size_t describe_settings(const Mitigations& made, std::span<char> to);        // what the hypervisor does for itself
size_t describe_guests(const Mitigations& made, std::span<char> to);          // what is done about guests, and offered to them

}  // namespace xenolith::speculation
